import { Brokers, factsOf, ownAttributes, type Place, type System } from './brokers.ts'
import { filled } from './fillers.ts'
import { anyGeneration, attributesOf, type Facts, type Generation, type Operation } from './names.ts'
import { Random } from './random.ts'
import { keyOf, LOAD_START_MS, MS, type Attributes, type Kind, type LoadLink, type LoadSpan } from './span.ts'
import { FlowTruth, type Evidence, type MessageTruth } from './truth.ts'

/** What proves where a consumer's message came from. */
export type Proof = Exclude<Evidence, 'flow-context'>

/** A message on its way: where it is, since when, and everything that is true of it. */
export interface Letter {
  readonly place: Place
  readonly sender: LoadSpan
  readonly proof: Proof
  /** When the broker took it: where nothing tells that, when it had been sent. */
  readonly taken: number
  readonly truth: MessageTruth
  /** The value of the declared key, where that is the proof. */
  readonly key?: string
}

interface Part {
  readonly service: string
  readonly name: string
  readonly kind: Kind
  readonly from: number
  readonly to: number
  readonly attributes?: Attributes
  readonly links?: readonly LoadLink[]
  readonly failed?: boolean
  readonly state?: string
}

interface Sending {
  readonly system: System
  readonly destination: string
  readonly at: number
  readonly proof?: Proof
  readonly generation?: Generation
  /** For how long the broker is asked to hold it back, in microseconds. */
  readonly delay?: number
  /** Whether the span says when the broker took the message. */
  readonly brokerTime?: boolean
  /** Nothing says which message of the batch that sends it caused it. */
  readonly mayCause?: boolean
}

interface Handling {
  readonly service: string
  readonly from: number
  readonly to: number
  readonly failed?: boolean
  readonly group?: string
  readonly generation?: Generation
  readonly attributes?: Attributes
  /** The batch that it is handled in. */
  readonly inside?: LoadSpan
}

interface Batch extends Omit<Handling, 'inside' | 'failed' | 'attributes'> {
  /** A poll brings messages, and what handles them is told apart. */
  readonly operation?: 'receive' | 'process'
}

/** The attribute that the load declares as a key. */
export const DECLARED_KEY = 'order.id'

const SENDING = 2 * MS
const PLACES_A_LOAD = 10_000_000

/** Makes the spans that services would export, and keeps the book of what is true of them. */
export class Teller {
  readonly random: Random
  readonly spans: LoadSpan[] = []
  readonly flows: FlowTruth[] = []
  readonly #brokers: Brokers
  readonly #flowsOf = new Map<LoadSpan, FlowTruth[]>()
  readonly #seed: number
  #names = 0

  constructor(seed: number) {
    this.random = new Random(seed)
    this.#brokers = new Brokers(this.random, seed * PLACES_A_LOAD)
    this.#seed = seed
  }

  /** A name that no other story of any load has, for what stories must not share. */
  unique(name: string): string {
    return `${name}-${this.#seed}-${++this.#names}`
  }

  /** A request from outside: a new flow. */
  origin(service: string, from: number, to: number, state?: string): LoadSpan {
    const span = this.#span(this.random.hex(4), undefined, {
      service,
      name: 'POST /orders',
      kind: 'server',
      from,
      to,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/orders',
        'http.response.status_code': 202,
      },
      ...(state !== undefined && { state }),
    })
    const flow = new FlowTruth(span)
    this.flows.push(flow)
    this.#flowsOf.set(span, [flow])
    return span
  }

  /** A span that no flow of the truth has: it happened, and nothing that is exported says in which. */
  aside(traceId: string, part: Part, parentSpanId?: string): LoadSpan {
    return this.#span(traceId, parentSpanId, part)
  }

  /** Work inside of a step. */
  child(parent: LoadSpan, part: Omit<Part, 'service'>, mayCause = false): LoadSpan {
    const span = this.#span(parent.traceId, parent.spanId, { ...part, service: parent.service })
    this.join(span, this.flowsOf(parent))
    for (const flow of this.flowsOf(parent)) flow.edge(parent, span, 'parent', mayCause)
    return span
  }

  send(parent: LoadSpan, sending: Sending): Letter {
    const { at, proof = 'link', generation = anyGeneration(this.random) } = sending
    const place = this.#brokers.put(sending.system, sending.destination)
    const key = proof === 'key' ? this.random.hex(3) : undefined
    const takenMs = Math.ceil((at + SENDING / 2) / MS)
    const attributes = {
      ...this.#messaging(place, 'send', generation, proof),
      ...(key !== undefined && { [DECLARED_KEY]: key }),
      ...(sending.delay !== undefined && { 'flowstitch.message.delay': sending.delay / MS }),
      ...(sending.brokerTime && { 'flowstitch.message.broker_time': LOAD_START_MS + takenMs }),
    }
    const part = { kind: 'producer' as const, from: at, to: at + SENDING, attributes }
    const sender = this.child(parent, { name: `send ${place.destination}`, ...part }, sending.mayCause)
    return this.#posted(sender, place, proof, sending.brokerTime ? takenMs * MS : sender.to, key)
  }

  #posted(sender: LoadSpan, place: Place, proof: Proof, taken: number, key?: string): Letter {
    const truth: MessageTruth = { key: keyOf(sender), attempts: [], state: 'in-flight' }
    for (const flow of this.flowsOf(sender)) flow.messages.push(truth)
    return { place, sender, proof, taken, truth, ...(key !== undefined && { key }) }
  }

  /** A place for a message that something else than `send` brings there. */
  put(system: System, destination: string): Place {
    return this.#brokers.put(system, destination)
  }

  /** One delivery: its span, in the trace that its proof implies, and an attempt in the truth. */
  process(letter: Letter, handling: Handling, place: Place = letter.place): LoadSpan {
    const { proof, sender, truth } = letter
    const { inside, group = '' } = handling
    const span = this.#consumer(letter, handling, place)
    this.join(span, this.flowsOf(sender))
    for (const flow of this.flowsOf(sender)) {
      flow.edge(sender, span, proof)
      if (inside) flow.edge(inside, span, 'parent')
    }
    const number = truth.attempts.filter((attempt) => attempt.group === group).length + 1
    const outcome = handling.failed ? 'failed' : 'succeeded'
    truth.attempts.push({ group, number, step: span, outcome })
    truth.state = handling.failed ? 'failed' : 'processed'
    return span
  }

  #consumer(letter: Letter, handling: Handling, place: Place): LoadSpan {
    const { proof, sender } = letter
    const { inside, generation = anyGeneration(this.random), group } = handling
    const continues = proof === 'parent' && !inside
    const traceId = continues ? sender.traceId : (inside?.traceId ?? this.random.hex(4))
    const parentId = continues ? sender.spanId : inside?.spanId
    return this.#span(traceId, parentId, {
      service: handling.service,
      name: `process ${place.destination}`,
      kind: 'consumer',
      from: handling.from,
      to: handling.to,
      failed: handling.failed === true,
      links: proof === 'link' || proof === 'parent' ? [sender] : [],
      attributes: {
        ...this.#messaging(place, 'process', generation, proof, group),
        ...(letter.key !== undefined && { [DECLARED_KEY]: letter.key }),
        ...handling.attributes,
      },
    })
  }

  /** A step that handles several messages as one: it is in the flows of all of them. */
  batch(letters: readonly Letter[], handling: Batch): LoadSpan {
    const [first] = letters as readonly [Letter]
    const { operation = 'process', generation = anyGeneration(this.random) } = handling
    const { system, destination } = factsOf(first.place, 'got')
    const facts: Facts = { system, operation, destination, count: letters.length }
    if (handling.group) facts.group = handling.group
    const span = this.#span(this.random.hex(4), undefined, {
      service: handling.service,
      name: `${operation} ${destination}`,
      kind: operation === 'receive' ? 'client' : 'consumer',
      from: handling.from,
      to: handling.to,
      links: letters.map(({ sender }) => sender),
      attributes: attributesOf(facts, generation),
    })
    for (const { sender } of letters) {
      this.join(span, this.flowsOf(sender))
      for (const flow of this.flowsOf(sender)) flow.edge(sender, span, 'link')
    }
    return span
  }

  /** Makes the batch itself the delivery of its messages, as it has no step of its own for each. */
  delivered(letters: readonly Letter[], batch: LoadSpan, group = ''): void {
    for (const { truth } of letters) {
      truth.attempts.push({ group, number: truth.attempts.length + 1, step: batch, outcome: 'succeeded' })
      truth.state = 'processed'
    }
  }

  flowsOf(span: LoadSpan): readonly FlowTruth[] {
    return this.#flowsOf.get(span) ?? []
  }

  /** Forgets which spans are in which flows: what is told later refers to none of them. */
  turn(): void {
    this.#flowsOf.clear()
  }

  join(span: LoadSpan, flows: readonly FlowTruth[]): void {
    const known = this.#flowsOf.get(span) ?? []
    const more = flows.filter((flow) => !known.includes(flow))
    for (const flow of more) flow.add(span)
    this.#flowsOf.set(span, [...known, ...more])
  }

  waits(span: LoadSpan, kind: keyof FlowTruth['waits'], microseconds: number): void {
    for (const flow of this.flowsOf(span)) flow.waits[kind] += microseconds
  }

  #messaging(
    place: Place,
    operation: Operation,
    generation: Generation,
    proof: Proof,
    group?: string,
  ): Attributes {
    const all = factsOf(place, operation === 'send' ? 'sent' : 'got')
    const { system, destination } = all
    // A declared key counts only where nothing better is known.
    const facts: Facts = proof === 'key' ? { system, destination, operation } : { ...all, operation }
    if (group) facts.group = group
    const attributes = attributesOf(facts, generation)
    return proof === 'coordinate' ? { ...attributes, ...ownAttributes(place) } : attributes
  }

  #span(traceId: string, parentSpanId: string | undefined, part: Part): LoadSpan {
    const span: LoadSpan = {
      failed: false,
      links: [],
      ...part,
      traceId,
      spanId: this.random.hex(2),
      ...(parentSpanId !== undefined && { parentSpanId }),
      attributes: filled(part.attributes ?? {}, this.random),
    }
    this.spans.push(span)
    return span
  }
}

import { Kernel, type Destination, type Endpoint } from '@flowstitch/core'
import { isInbox, isOfServer, subjectDestination, templateOf } from '@flowstitch/dialects/nats'
import type { JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection, Subscription } from '@nats-io/nats-core'
import { watchServer } from './endpoint.ts'
import { natsErrorCode } from './errors.ts'
import { isJetStream, type NatsKernel, type NatsOptions, type NatsReceived } from './message.ts'

/** What a message's subscription tells of it. */
interface Origin {
  readonly queue?: string
  /** The subject of the subscription, where it has wildcards. */
  readonly template?: string
}

/** What is known of one instrumented client: its kernel, its connection, its subscriptions. */
export class Tracing {
  readonly kernel: NatsKernel
  /** The server that the connection is with. */
  readonly endpoint: () => Endpoint
  readonly #nc: NatsConnection | undefined
  readonly #origins = new Map<number, Origin>()

  constructor(options: NatsOptions, nc: NatsConnection | undefined) {
    this.kernel = new Kernel({
      system: 'nats',
      scope: '@flowstitch/nats',
      options,
      classifyError: natsErrorCode,
    })
    this.#nc = nc
    this.endpoint = watchServer(nc)
  }

  /** The most bytes of a message that the server takes, headers included; undefined while it is not known. */
  get maxPayload(): number | undefined {
    return this.#nc?.info?.max_payload
  }

  /** Whether to trace the publishing to a subject. What the client would refuse goes to it as it is. */
  publishes(subject: unknown): subject is string {
    if (typeof subject !== 'string' || subject === '' || isOfServer(subject)) return false
    const info = this.#nc?.info
    return (!info || info.headers === true) && this.kernel.traces(subject)
  }

  /** Whether to trace what comes by a subscription. */
  subscribes(subject: unknown): subject is string {
    return typeof subject === 'string' && !isOfServer(subject) && !isInbox(subject, this.#inboxPrefix)
  }

  remember(subscription: Subscription, queue: string | undefined): void {
    const template = templateOf(subscription.getSubject())
    if (template === undefined && queue === undefined) return
    const id = subscription.getID()
    const forget = (): void => void this.#origins.delete(id)
    this.#origins.set(id, { queue, template })
    void subscription.closed.then(forget, forget)
  }

  /** Where a message came from, and by whom it is consumed. */
  arrival(message: NatsReceived): { destination: Destination; endpoint: Endpoint } {
    const origin = this.#origins.get(message.sid)
    const consumerGroup = isJetStream(message) ? message.info.consumer : origin?.queue
    return {
      destination: this.destination(message.subject, origin?.template),
      endpoint: { ...this.endpoint(), consumerGroup },
    }
  }

  destination(subject: string, template?: string): Destination {
    return subjectDestination(subject, this.#inboxPrefix, template)
  }

  get #inboxPrefix(): string {
    return (this.#nc as WithInternals | undefined)?.options?.inboxPrefix ?? '_INBOX'
  }
}

/** What the client's types do not show. */
interface WithInternals {
  readonly options?: { readonly inboxPrefix?: string }
  readonly protocol?: object
  /** Of a JetStream message: the message of the protocol. */
  readonly msg?: WithInternals
  /** Of a message: the protocol handler of its connection, to respond through it. */
  readonly publisher?: object
}

const ofConnections = new WeakMap<object, Tracing>()
const ofJetStream = new WeakMap<object, Tracing>()
let ofNobody: Tracing | undefined
const NOBODY: WithInternals = {}

export function tracingOfConnection(nc: NatsConnection, options: NatsOptions): Tracing {
  return remembered(ofConnections, protocolOf(nc), () => new Tracing(options, nc))
}

/** JetStream clients take the options of their connection, unless they have some of their own. */
export function tracingOfJetStream(js: JetStreamClient, options: NatsOptions | undefined): Tracing {
  const { nc } = js as { nc?: NatsConnection }
  const inherited = options ? undefined : ofConnections.get(protocolOf(nc))
  return remembered(ofJetStream, protocolOf(nc), () => inherited ?? new Tracing(options ?? {}, nc))
}

/** The tracing of the client that a message came by; one with default options, where none was instrumented. */
export function tracingOfMessage(message: NatsReceived): Tracing {
  const ofStream = isJetStream(message)
  const outer = message as WithInternals
  const inner = (ofStream ? outer.msg : outer) ?? NOBODY
  const protocol = inner.publisher ?? inner
  const own = ofStream ? ofJetStream.get(protocol) : undefined
  return own ?? ofConnections.get(protocol) ?? (ofNobody ??= new Tracing({}, undefined))
}

function protocolOf(nc: NatsConnection | undefined): object {
  return (nc as WithInternals | undefined)?.protocol ?? nc ?? {}
}

function remembered(map: WeakMap<object, Tracing>, key: object, make: () => Tracing): Tracing {
  const known = map.get(key) ?? make()
  map.set(key, known)
  return known
}

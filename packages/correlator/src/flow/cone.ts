import type { Span } from '../decode/span.ts'
import { causesOf, isOrigin, parentCause, parentOf } from '../stitch/causes.ts'
import { childrenOf, hasOwnMessages, isContainer, linksOf, linkTo } from '../stitch/container.ts'
import { consumersByKey } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'
import { byStart } from '../stitch/trace.ts'
import { flowsOf } from './origins.ts'

/** How much of a flow is shown. */
export interface ConeLimits {
  /** Steps of one flow. */
  maxSteps: number
  /** Flows through one batch step beyond which what it may have caused is left out. */
  hubLimit: number
}

/** The steps of a flow: what its origin caused, and nothing else. */
export interface Cone {
  flowId: string
  /** By start. */
  steps: Span[]
  members: Set<Span>
  /** Steps that nothing caused, or only a flow context. */
  seeds: Set<Span>
  truncated?: { reason: string; omittedSteps: number }
}

/** Walks down from a flow's origin through children, links and messages. Empty if there is no such flow. */
export function coneOf(flowId: string, spans: Spans, limits: ConeLimits): Cone {
  return new ConeWalk(flowId, spans, limits).walk()
}

class ConeWalk {
  readonly #flowId: string
  readonly #spans: Spans
  readonly #limits: ConeLimits
  readonly #members = new Set<Span>()
  readonly #open: Span[] = []
  /** Containers whose unlinked children wait until it is known how much of the batch is ours. */
  readonly #hubs = new Set<Span>()
  /** Roots whose flow context is looked up last, when most of the spans that carry it are steps already. */
  readonly #roots = new Set<Span>()
  #omitted = 0
  #reason = ''

  constructor(flowId: string, spans: Spans, limits: ConeLimits) {
    this.#flowId = flowId
    this.#spans = spans
    this.#limits = limits
  }

  walk(): Cone {
    const seeds = new Set<Span>()
    for (const find of [() => this.#seeds(), () => this.#circles()]) {
      for (const seed of find()) this.#reach(seed, seeds)
      this.#expandAll()
    }
    for (let next = this.#postponed(); next; next = this.#postponed()) {
      next()
      this.#expandAll()
    }
    const steps = [...this.#members].sort(byStart)
    const cone: Cone = { flowId: this.#flowId, steps, members: this.#members, seeds }
    if (this.#omitted > 0) cone.truncated = { reason: this.#reason, omittedSteps: this.#omitted }
    return cone
  }

  #seeds(): Span[] {
    const own = this.#spans.trace(this.#flowId).spans
    const origins = own.filter((span) => isOrigin(span, this.#spans))
    if (own.length > 0) return origins
    return [...this.#namers(this.#flowId)].filter((span) => this.#isNamed(span))
  }

  /** What names the flow in its context or on a link, with the batches that such a link is lent to. */
  *#namers(flowId: string): Generator<Span> {
    for (const span of this.#spans.namingFlow(flowId)) {
      yield span
      yield* this.#batchOf(span)
    }
  }

  /** The batch that a span is a part of, if any: it has the span's links too. */
  #batchOf(span: Span): Span[] {
    const parent = parentOf(span, this.#spans)
    return parent && isContainer(parent, this.#spans) ? [parent] : []
  }

  /** Spans of the flow's trace that go back to no origin at all, as their causes go in a circle. */
  #circles(): Span[] {
    const left = this.#spans.trace(this.#flowId).spans.filter((span) => !this.#members.has(span))
    return left.filter((span) => {
      const { flowIds, capped } = flowsOf([span], this.#spans, 1)
      return !capped && flowIds[0] === this.#flowId
    })
  }

  /** A span that reaches this flow by its flow context, while no span of the flow's own trace is known. */
  #isNamed(span: Span): boolean {
    for (const cause of causesOf(span, this.#spans)) if (cause.flowId === this.#flowId) return true
    return false
  }

  #expandAll(): void {
    for (let span = this.#open.pop(); span; span = this.#open.pop()) this.#expand(span)
  }

  #reach(span: Span, seeds?: Set<Span>): void {
    if (this.#members.has(span)) return
    seeds?.add(span)
    if (this.#members.size >= this.#limits.maxSteps) {
      this.#leaveOut(`more than ${this.#limits.maxSteps} steps`, 1)
      return
    }
    this.#members.add(span)
    this.#open.push(span)
  }

  #leaveOut(reason: string, steps: number): void {
    this.#reason ||= reason
    this.#omitted += steps
  }

  #expand(span: Span): void {
    this.#expandChildren(span)
    const linkers = this.#spans.linkersOf(span.traceId)
    for (const linker of linkers.get(span.spanId) ?? []) this.#reachLinker(linker, span)
    for (const consumer of consumersByKey(span, this.#spans)) this.#reachIfCaused(consumer, span)
    if (span === this.#spans.trace(span.traceId).root) this.#expandRoot(span, linkers)
  }

  #expandChildren(span: Span): void {
    const children = childrenOf(span, this.#spans)
    if (children.length === 0) return
    if (isContainer(span, this.#spans)) {
      if (linksOf(span, this.#spans).length > this.#limits.hubLimit) this.#hubs.add(span)
      else for (const child of children) if (!hasOwnMessages(child)) this.#reach(child)
    } else for (const child of children) if (parentCause(child, span, this.#spans).carries) this.#reach(child)
  }

  /** A linker may lend its links to the span above it: a host, or the batch that it is a part of. */
  #reachLinker(linker: Span, span: Span): void {
    for (const candidate of [linker, ...this.#batchOf(linker)]) this.#reachIfLinked(candidate, span)
  }

  #reachIfLinked(candidate: Span, to: Span): void {
    if (linkTo(to, candidate, this.#spans)) this.#reach(candidate)
  }

  /** The root of a trace stands for its missing steps: orphans, and messages whose sender is unknown. */
  #expandRoot(root: Span, linkers: ReadonlyMap<string, readonly Span[]>): void {
    const trace = this.#spans.trace(root.traceId)
    for (const orphan of trace.orphans) this.#reachIfCaused(orphan, root)
    for (const [target, found] of linkers)
      if (!trace.byId.has(target))
        for (const linker of found)
          for (const candidate of [linker, ...this.#batchOf(linker)]) this.#reachIfCaused(candidate, root)
    this.#roots.add(root)
  }

  #reachIfCaused(candidate: Span, by: Span): void {
    if (this.#members.has(candidate)) return
    for (const cause of causesOf(candidate, this.#spans)) {
      if (!cause.carries || cause.from !== by) continue
      this.#reach(candidate)
      return
    }
  }

  #postponed(): (() => void) | undefined {
    const [root] = this.#roots
    if (root) {
      this.#roots.delete(root)
      return () => {
        for (const span of this.#namers(root.traceId)) this.#reachIfCaused(span, root)
      }
    }
    const [hub] = [...this.#hubs].sort(byStart)
    if (!hub) return undefined
    this.#hubs.delete(hub)
    return () => this.#openHub(hub)
  }

  /** What a batch did as a whole belongs to each of its flows, unless there are too many of them. */
  #openHub(hub: Span): void {
    let foreign = linksOf(hub, this.#spans).length
    for (const member of this.#members) if (linkTo(member, hub, this.#spans)) foreign--
    const unlinked = childrenOf(hub, this.#spans).filter((child) => !hasOwnMessages(child))
    if (foreign <= this.#limits.hubLimit) for (const child of unlinked) this.#reach(child)
    else if (unlinked.length > 0)
      this.#leaveOut(`a step with ${foreign} messages of other flows`, unlinked.length)
  }
}

import { DeclaredKeys } from '../decode/declared-keys.ts'
import { digestOf, flowOf, type FlowDigest } from '../flow/flow.ts'
import { flowsOf } from '../flow/origins.ts'
import type { Circumstances, Normal } from '../flow/state.ts'
import type { Flow, FlowSummary, Message } from '../model.ts'
import { sharingPlace } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'
import type { KeyJoin } from '../stitch/stored-spans.ts'
import { messagesOfSpans } from './messages.ts'

/** What answers about flows depend on, apart from the spans. Times are milliseconds. */
export interface QuestionOptions {
  /** The clock, for the states of flows: milliseconds since the epoch. */
  now?: () => number
  /** A flow is active until nothing has happened for this long. */
  quietAfterMs?: number
  /** A flow with a message that nobody got for this long is stalled. */
  stalledAfterMs?: number
  /**
   * Attributes of send and process spans whose value says which message is meant (`order.id`), for messages
   * that carry no context. An embedded store takes the same ones.
   */
  keys?: readonly string[]
  /** How far apart in time two spans with the same key still mean the same message. */
  keyWindowMs?: number
  /** How many flows may pass through one step before what it may have caused is left out of them. */
  hubLimit?: number
  /** How many steps of one flow are shown. */
  maxSteps?: number
}

export const QUESTION_DEFAULTS: Readonly<Required<QuestionOptions>> = {
  now: Date.now,
  quietAfterMs: 30_000,
  stalledAfterMs: 300_000,
  keys: [],
  keyWindowMs: 3_600_000,
  hubLimit: 200,
  maxSteps: 50_000,
}

/** What is known of all messages and flows together. */
interface Known {
  judge: Circumstances['judge']
  normal: () => Normal
}

/** The questions that the spans alone answer, wherever they are: each is a pure function of them. */
export class Questions {
  readonly declared: DeclaredKeys
  readonly join: KeyJoin
  readonly #options: Required<QuestionOptions>
  readonly #known: Known

  constructor(options: Required<QuestionOptions>, known: Known) {
    this.declared = new DeclaredKeys(options.keys)
    this.join = { declared: this.declared, windowMs: options.keyWindowMs }
    this.#options = options
    this.#known = known
  }

  flow(flowId: string, spans: Spans): Flow | undefined {
    return flowOf(flowId, spans, this.#options, this.#circumstances())
  }

  digest(flowId: string, spans: Spans, normal?: Normal): FlowDigest | undefined {
    return digestOf(flowId, spans, this.#options, this.#circumstances(normal))
  }

  flowsOfTrace(traceId: string, spans: Spans): FlowSummary[] {
    const found = spans.trace(traceId).spans
    const flowIds = found.length > 0 ? flowsOf(found, spans, this.#options.hubLimit).flowIds : [traceId]
    return flowIds.flatMap((flowId) => this.digest(flowId, spans)?.summary ?? [])
  }

  messages({ id, coordinate }: MessageQuery, spans: Spans): Message[] {
    const found = [
      ...(coordinate === undefined ? [] : sharingPlace(coordinate, spans)),
      ...(id === undefined ? [] : spans.withMessageId(id)),
    ]
    const messages = messagesOfSpans(found, spans, this.#options.hubLimit)
    for (const message of messages) this.#known.judge(message)
    return messages.filter(
      (message) =>
        (id === undefined || message.id === id) &&
        (coordinate === undefined || message.coordinate === coordinate),
    )
  }

  #circumstances(normal = this.#known.normal()): Circumstances {
    const { now, quietAfterMs, stalledAfterMs } = this.#options
    return { now: now(), quietAfterMs, stalledAfterMs, judge: this.#known.judge, normal }
  }
}

/** Which messages are meant; all that is given must hold. */
export interface MessageQuery {
  id?: string
  coordinate?: string
}

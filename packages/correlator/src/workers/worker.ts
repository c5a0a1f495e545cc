import { Scanner, SPAN_SLOTS, type Scan } from '../decode/scan.ts'
import { NOTHING_NORMAL } from '../flow/state.ts'
import type { Flow, FlowSummary, Message } from '../model.ts'
import { QUESTION_DEFAULTS, Questions, type MessageQuery, type QuestionOptions } from '../query/questions.ts'
import type { Spans } from '../stitch/spans.ts'
import type { Store } from '../store/store.ts'
import { gather, type ReadPartition } from './gather.ts'
import { halfEdgesOf } from './half-edges.ts'
import { partitionOf } from './partition.ts'
import { decodeRead, encodeFound } from './reads.ts'
import { Rendezvous } from './rendezvous.ts'
import { routeHalfEdges, type Routed } from './route.ts'

/** Settings of a worker. All workers of one deployment have the same, but for `partition` and the stores. */
export interface WorkerOptions extends QuestionOptions {
  /** Which one this is, from 0. */
  partition: number
  /** How many there are. Another number is another deployment: every key may have another owner. */
  partitions: number
  /** The spans of this partition's traces. */
  spans: Store
  /** The half-edges whose keys this partition owns; another store than that of the spans. */
  halfEdges: Store
  /** Asks the worker of a partition, which answers with its `read`. */
  read: ReadPartition
  /**
   * Says of a message that nobody got whether it waits, is lost, or can't be known about, by setting its state
   * and reasons. That takes sums over all messages of its destination; without them, it stays in flight.
   */
  judge?: (message: Message) => void
}

/**
 * One of several engines that share the work: each takes the spans of its own traces and owns a share of the
 * join keys. Everything that goes from one to another is bytes, may come late, in any order and more than
 * once, and depends on nothing but hashes of keys.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #questions: Questions
  readonly #scanner: Scanner
  readonly #rendezvous: Rendezvous

  constructor(options: WorkerOptions) {
    this.#options = options
    const settings = { ...QUESTION_DEFAULTS, ...options }
    this.#questions = new Questions(settings, {
      judge: options.judge ?? (() => undefined),
      normal: () => NOTHING_NORMAL,
    })
    this.#scanner = new Scanner(this.#questions.declared)
    this.#rendezvous = new Rendezvous(options.spans, options.halfEdges)
  }

  /**
   * Stage one: takes spans of this partition's traces. Resolves, when they are durable, with the half-edges
   * that the workers of other partitions have to be given before the spans count as taken.
   * @param body an ExportTraceServiceRequest in protobuf, as `routeSpans` made it
   * @throws DecodeError, StoreError, OverloadError, and a RangeError if a span belongs to another partition
   */
  async takeSpans(body: Uint8Array): Promise<Routed[]> {
    const { partition, partitions, spans } = this.#options
    const scan = this.#scanner.scan(body)
    expectOwn(scan, partition, partitions)
    const halfEdges = halfEdgesOf(body, scan, this.#questions.declared)
    if (scan.accepted > 0) await spans.append(body, scan)
    const routed = routeHalfEdges(halfEdges, this.#scanner.scan(halfEdges), partitions)
    return routed.filter((part) => part.partition !== partition)
  }

  /**
   * Stage two: takes half-edges whose keys this partition owns. Resolves when they are durable.
   * @throws DecodeError, StoreError, OverloadError
   */
  async takeHalfEdges(body: Uint8Array): Promise<void> {
    await this.#options.halfEdges.append(body, this.#scanner.scan(body))
  }

  /**
   * Answers a read of another worker, or of its own.
   * @throws DecodeError
   */
  read(read: Uint8Array): Uint8Array {
    return encodeFound(decodeRead(read).map((key) => this.#rendezvous.find(key)))
  }

  /** Like the engine's; any worker answers any question. Rejects when a worker that it needs does not answer. */
  flow(flowId: string): Promise<Flow | undefined> {
    return this.#ask((spans) => this.#questions.flow(flowId, spans))
  }

  /** Like the engine's. */
  flowsOfTrace(traceId: string): Promise<FlowSummary[]> {
    return this.#ask((spans) => this.#questions.flowsOfTrace(traceId, spans))
  }

  /** Like the engine's. */
  messages(query: MessageQuery): Promise<Message[]> {
    return this.#ask((spans) => this.#questions.messages(query, spans))
  }

  /** Closes its stores. */
  async close(): Promise<void> {
    await Promise.all([this.#options.spans.close(), this.#options.halfEdges.close()])
  }

  #ask<T>(question: (spans: Spans) => T): Promise<T> {
    const { partition, partitions, read } = this.#options
    const readOwn: ReadPartition = (owner, keys) =>
      owner === partition ? Promise.resolve(this.read(keys)) : read(owner, keys)
    return gather(question, partitions, readOwn, this.#questions.join)
  }
}

/** A span in the wrong place would never be found, so whoever routes otherwise has to hear of it at once. */
function expectOwn({ spans: { items, length } }: Scan, partition: number, partitions: number): void {
  for (let at = 0; at < length; at += SPAN_SLOTS) {
    const owner = partitionOf(items[at]!, partitions)
    if (owner !== partition)
      throw new RangeError(
        `A span of partition ${owner} of ${partitions} was given to partition ${partition}`,
      )
  }
}

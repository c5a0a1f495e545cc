import { context, metrics, propagation, trace, type TextMapPropagator } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  TracerProvider,
  type ReadableSpan,
  type Sampler,
  type SpanLimits,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'

/** How spans are recorded. */
export interface RecorderOptions {
  /** Default: the SDK's, which keeps everything. */
  sampler?: Sampler
  /** Default: W3C trace context and baggage. */
  propagator?: TextMapPropagator
  /** Default: the SDK's. */
  spanLimits?: SpanLimits
  /** Further processors, behind the recorder's own. */
  processors?: readonly SpanProcessor[]
  /** Spans that are none of the test's business: they are not kept. */
  ignore?: (span: ReadableSpan) => boolean
}

/** Registers an SDK of its own and keeps every span, so that tests can ask what was traced. */
export interface SpanRecorder {
  /** The spans that have ended, in the order of their ends. */
  readonly spans: readonly ReadableSpan[]
  /** How many spans were started and have not ended yet. */
  readonly open: number
  /** Resolves with the first span for which `matches` holds; rejects after `timeoutMs` with what came instead. */
  waitFor(matches: (span: ReadableSpan) => boolean, timeoutMs?: number): Promise<ReadableSpan>
  /** Resolves with all spans for which `matches` holds, once there are `count` of them. */
  waitForAll(
    matches: (span: ReadableSpan) => boolean,
    count: number,
    timeoutMs?: number,
  ): Promise<ReadableSpan[]>
  clear(): void
  /** Takes the SDK away again: the API's globals are as if there had never been one. */
  shutdown(): Promise<void>
}

/** Starts recording. Whatever SDK was registered before is gone. */
export function recordSpans({
  sampler,
  propagator,
  spanLimits,
  processors = [],
  ignore,
}: RecorderOptions = {}): SpanRecorder {
  unregister()
  const recording = new Recording(ignore)
  const provider = new TracerProvider({ sampler, spanLimits, spanProcessors: [recording, ...processors] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    propagator ??
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  return {
    get spans() {
      return recording.ended
    },
    get open() {
      return recording.open
    },
    async waitFor(matches, timeoutMs) {
      const [span] = await recording.waitFor(matches, 1, timeoutMs)
      return span as ReadableSpan
    },
    waitForAll: (matches, count, timeoutMs) => recording.waitFor(matches, count, timeoutMs),
    clear: () => recording.clear(),
    async shutdown() {
      await provider.shutdown()
      unregister()
    },
  }
}

function unregister(): void {
  trace.disable()
  context.disable()
  propagation.disable()
  metrics.disable()
}

const DEFAULT_TIMEOUT_MS = 15_000

class Recording implements SpanProcessor {
  ended: ReadableSpan[] = []
  open = 0
  readonly #watchers = new Set<() => void>()
  readonly #ignore: ((span: ReadableSpan) => boolean) | undefined

  constructor(ignore: ((span: ReadableSpan) => boolean) | undefined) {
    this.#ignore = ignore
  }

  onStart(): void {
    this.open++
  }

  onEnd(span: ReadableSpan): void {
    this.open--
    if (this.#ignore?.(span)) return
    this.ended.push(span)
    for (const watcher of this.#watchers) watcher()
  }

  clear(): void {
    this.ended = []
  }

  waitFor(
    matches: (span: ReadableSpan) => boolean,
    count: number,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<ReadableSpan[]> {
    return new Promise((resolve, reject) => {
      const found = (): ReadableSpan[] => this.ended.filter(matches)
      const done = (): void => {
        this.#watchers.delete(look)
        clearTimeout(timer)
      }
      const timer = setTimeout(() => {
        done()
        const names = this.ended.map((span) => span.name).join(', ')
        reject(
          new Error(
            `${found().length} of ${count} expected spans ended within ${timeoutMs} ms; ended: ${names}`,
          ),
        )
      }, timeoutMs)
      const look = (): void => {
        const spans = found()
        if (spans.length < count) return
        done()
        resolve(spans)
      }
      this.#watchers.add(look)
      look()
    })
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }
}

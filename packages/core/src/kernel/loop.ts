import { context, type Context } from '@opentelemetry/api'
import { guard } from '../runtime/guard.ts'
import type { BatchOperation } from './batch.ts'
import type { Kernel } from './kernel.ts'
import { AROUND_LOOP, startProcess, type Processing } from './process.ts'

/** Tells that the handler is done, and how it failed if it did. */
type EndLoops = (failure?: { readonly error: unknown }) => void

/**
 * Gives the body of a `for … of` loop over a batch's messages the context of the message that it is at, until
 * the answer is called. The handling of a message starts when the body asks for its context (a span is made,
 * a header written, a log line correlated), as of when the body began; a loop that asks nothing costs no span.
 *
 * Does nothing where the context manager can't attach a context (`@opentelemetry/api` below 1.10). The handler
 * has to run within `context.with`, beyond which nothing attached here reaches.
 */
export function inLoops<M>(
  kernel: Kernel<never, M>,
  { messages, each }: BatchOperation<M>,
  batch: Context,
): EndLoops {
  if (!each || typeof (context as { attach?: unknown }).attach !== 'function') return () => {}
  const operationOf = each
  /** Where a loop was left early, perhaps by the failure that the handler is about to end with. */
  let left: LoopContext | undefined
  function* iterate(this: M[]): Generator<M, void> {
    for (const message of Array.prototype.values.call(this) as Iterable<M>) {
      const startTime = Date.now()
      const around = aroundLoop()
      const body = new LoopContext(around, () =>
        context.with(around, () => startProcess(kernel, { ...operationOf(message, batch), startTime })),
      )
      const token = guard('attaching a context', () => context.attach(body), undefined)
      let finished = false
      try {
        yield message
        finished = true
      } finally {
        guard('detaching a context', () => token?.dispose(), undefined)
        body.leave()
        left?.end()
        left = finished ? undefined : body
        if (finished) body.end()
      }
    }
  }
  Object.defineProperty(messages, Symbol.iterator, { value: iterate, configurable: true, writable: true })
  return (failure) => {
    Reflect.deleteProperty(messages, Symbol.iterator)
    left?.end(failure)
  }
}

/** The context that a loop runs in. A turn of another loop, that has reached this one's caller, is none. */
function aroundLoop(): Context {
  const active = context.active()
  return (active.getValue(AROUND_LOOP) as Context | undefined) ?? active
}

/**
 * The context of one message's handling, which starts when somebody first looks into it. Once the turn is over it
 * is the one around the loop: what was attached in an async function before its first `await` reaches the function's
 * caller too, and what the caller does after the loop is not the message's work.
 */
class LoopContext implements Context {
  readonly #around: Context
  readonly #start: () => Processing
  #processing: Processing | undefined
  #isStarting = false
  #isOver = false

  constructor(around: Context, start: () => Processing) {
    this.#around = around
    this.#start = start
  }

  getValue(key: symbol): unknown {
    return key === AROUND_LOOP ? this.#around : this.#context().getValue(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#context().setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return this.#context().deleteValue(key)
  }

  /** The turn is over. */
  leave(): void {
    this.#isOver = true
  }

  end(failure?: { readonly error: unknown }): void {
    if (failure) this.#processing?.fail(failure.error)
    else this.#processing?.succeed()
  }

  #context(): Context {
    // A hook of the user's may ask for the active context while the handling starts.
    if (this.#isStarting || this.#isOver) return this.#around
    if (!this.#processing) {
      this.#isStarting = true
      this.#processing = this.#start()
      this.#isStarting = false
    }
    return this.#processing.context
  }
}

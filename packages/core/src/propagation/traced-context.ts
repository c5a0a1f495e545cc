import { trace, type Context, type Span } from '@opentelemetry/api'
import { FLOW, type FlowContext } from './flow-context.ts'

/** The key that the API keeps the span by: it has no name, but `getSpan` asks for it. */
const SPAN = keyOfSpan()

/**
 * A context with a span, or none, and the flow of a message on top of another context. The API's own copy all
 * their values into a map for each that is set: several times a message that is most of what we cost.
 */
export class TracedContext implements Context {
  readonly #base: Context
  readonly #span: Span | undefined
  readonly #flow: FlowContext | undefined

  constructor(base: Context, span: Span | undefined, flow: FlowContext | undefined) {
    this.#base = base
    this.#span = span
    this.#flow = flow
  }

  getValue(key: symbol): unknown {
    const own = key === SPAN ? this.#span : key === FLOW ? this.#flow : undefined
    return own ?? this.#base.getValue(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copy().setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return this.#copy().deleteValue(key)
  }

  /** One of the API's own: chains that users build on top stay one link long. */
  #copy(): Context {
    const own = this.#span ? trace.setSpan(this.#base, this.#span) : this.#base
    return this.#flow ? own.setValue(FLOW, this.#flow) : own
  }
}

function keyOfSpan(): symbol {
  let asked = Symbol('span')
  const probe: Context = {
    getValue: (key) => void (asked = key),
    setValue: () => probe,
    deleteValue: () => probe,
  }
  trace.getSpan(probe)
  return asked
}

import { trace, type Context, type Span } from '@opentelemetry/api'
import { FLOW, type FlowContext } from './flow-context.ts'

/** The key that the API keeps the span by: it has no name, but `getSpan` asks for it. */
const SPAN = keyOfSpan()

/**
 * A context with a span and the flow of a message on top of another context: null is none, whatever that one has,
 * and undefined what that one has. The API's own copy all their values into a map for each that is set: several
 * times a message that is most of what we cost.
 */
export class TracedContext implements Context {
  readonly #base: Context
  readonly #span: Span | null | undefined
  readonly #flow: FlowContext | null | undefined

  constructor(base: Context, span: Span | null | undefined, flow: FlowContext | null | undefined) {
    this.#base = base
    this.#span = span
    this.#flow = flow
  }

  getValue(key: symbol): unknown {
    const own = key === SPAN ? this.#span : key === FLOW ? this.#flow : undefined
    return own === undefined ? this.#base.getValue(key) : own
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copy().setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return this.#copy().deleteValue(key)
  }

  /** One of the API's own: chains that users build on top stay one link long. */
  #copy(): Context {
    const base = this.#span === undefined ? this.#base : this.#base.setValue(SPAN, this.#span)
    return this.#flow === undefined ? base : base.setValue(FLOW, this.#flow)
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

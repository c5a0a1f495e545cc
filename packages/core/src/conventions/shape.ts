import type { Attributes } from '@opentelemetry/api'
import {
  detailAttributes,
  operationAttributes,
  spanName,
  type Operation,
  type OperationType,
} from './attributes.ts'
import type { Destination, Endpoint } from '../model/message.ts'

/** What all operations of one kind on one destination have in common: made once, not for each message. */
export interface Shape {
  readonly type: OperationType
  /** As the adapter described it. */
  readonly given: Operation
  /** With the user's template. */
  readonly destination: Destination | undefined
  readonly endpoint: Endpoint | undefined
  readonly name: string
  readonly spanName: string
  /** For the start of the span, in the names that the user wants. */
  readonly attributes: Attributes
  /** For later, in those names; undefined where there are none. */
  readonly details: Attributes | undefined
  /** Those of its metrics, once there are any. */
  metricAttributes?: MetricAttributes
}

/** What a span needs of it. */
export type SpanShape = Pick<Shape, 'type' | 'spanName' | 'details'>

/** Durations tell the type of the operation, counts have it in their name; of a delivery the broker's address tells nothing. */
export interface MetricAttributes {
  readonly counted: Attributes
  readonly timed: Attributes
  readonly delivered: Attributes
}

/** How shapes are made. */
export interface ShapeMaker {
  readonly system: string
  destination(destination: Destination): Destination
  named(attributes: Attributes): Attributes
}

/** Beyond so many destinations of one operation all are forgotten: names of replies and inboxes are used once. */
const MAX_DESTINATIONS = 250

/** The shapes of the latest operations. */
export class Shapes {
  readonly #maker: ShapeMaker
  readonly #known = new Map<string, Map<string | undefined, Shape>>()

  constructor(maker: ShapeMaker) {
    this.#maker = maker
  }

  of(operation: Operation, type: OperationType): Shape {
    const { name, destination } = operation
    let known = this.#known.get(name)
    if (!known) this.#known.set(name, (known = new Map()))
    const shape = known.get(destination?.name)
    if (shape && shape.type === type && isLike(shape.given, operation)) return shape
    const made = this.#make(operation, type)
    if (known.size >= MAX_DESTINATIONS) known.clear()
    known.set(destination?.name, made)
    return made
  }

  #make({ name, destination: given, endpoint }: Operation, type: OperationType): Shape {
    const destination = given && this.#maker.destination(given)
    const operation = { name, destination, endpoint }
    const details = this.#maker.named(detailAttributes(operation, type))
    return {
      ...operation,
      type,
      given: { name, destination: given, endpoint },
      spanName: spanName(operation),
      attributes: this.#maker.named(operationAttributes(this.#maker.system, operation, type)),
      details: Object.keys(details).length > 0 ? details : undefined,
    }
  }
}

/** The destinations' names are the same. */
function isLike(one: Operation, other: Operation): boolean {
  if (one.endpoint !== other.endpoint) return false
  if (one.destination === other.destination) return true
  return (
    one.destination?.template === other.destination?.template &&
    one.destination?.temporary === other.destination?.temporary &&
    one.destination?.anonymous === other.destination?.anonymous
  )
}

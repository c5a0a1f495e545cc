import type { Attributes, Context, Span, SpanOptions, Tracer, TracerProvider } from '@opentelemetry/api'
import { isActive, tracerProvider } from '../runtime/active.ts'
import { addPlace, messageAttributes, type Operation, type OperationType } from '../conventions/attributes.ts'
import { errorTypeOf, recordFailure, type ErrorClassifier } from '../conventions/errors.ts'
import { tellException } from '../conventions/exceptions.ts'
import { generationFromEnvironment, inGeneration } from '../conventions/generation.ts'
import { guard, report } from '../runtime/guard.ts'
import { callHook } from '../runtime/hook.ts'
import type { Destination, MessageFacts } from '../model/message.ts'
import { MessagingMetrics } from '../conventions/metrics.ts'
import type { InstrumentationOptions, Relation, SemconvGeneration } from '../model/options.ts'
import { AWS_REQUEST_ID, SCHEMA_URL, SCHEMA_URL_1_44 } from '../semconv.ts'
import { Shapes, type Shape, type SpanShape } from '../conventions/shape.ts'
import { VERSION } from '../version.ts'

/** What makes one adapter's kernel. */
export interface KernelConfig<Sent, Received> {
  /** The value of `messaging.system.name`. */
  readonly system: string
  /** The adapter's package: the name of the instrumentation scope. */
  readonly scope: string
  readonly options: InstrumentationOptions<Sent, Received>
  readonly classifyError?: ErrorClassifier
  /** The id that AWS gave a call, from the client's answer or its error. */
  readonly requestId?: (answerOrError: unknown) => string | undefined
}

const TEN_MINUTES = 600_000

/** What the operations of one adapter share: names, policy, metrics, and the way to a tracer. */
export class Kernel<Sent = unknown, Received = unknown> {
  readonly system: string
  readonly metrics: MessagingMetrics
  readonly options: InstrumentationOptions<Sent, Received>
  readonly longDelayMs: number
  readonly #config: KernelConfig<Sent, Received>
  readonly #generation: SemconvGeneration
  readonly #shapes: Shapes = new Shapes(this)
  #provider: TracerProvider | undefined
  #tracer: Tracer | undefined

  constructor(config: KernelConfig<Sent, Received>) {
    const { options } = config
    this.#config = config
    this.system = config.system
    this.options = options
    this.longDelayMs = options.longDelayMs ?? TEN_MINUTES
    this.#generation = options.semconv ?? generationFromEnvironment()
    this.metrics = new MessagingMetrics(config.scope, VERSION, config.system, options.metrics ?? 'all', (a) =>
      this.named(a),
    )
  }

  /** False where there is nothing to do: no SDK, or a destination that the user wants left alone. */
  traces(destination?: string): boolean {
    if (!isActive()) return false
    const { ignore } = this.options
    if (!ignore || destination === undefined) return true
    return !guard('the option ignore', () => ignore(destination), false)
  }

  /** The destination, with the template that the user's option has for it. */
  destination(destination: Destination): Destination {
    const { destinationTemplate } = this.options
    if (!destinationTemplate) return destination
    const template = guard(
      'the option destinationTemplate',
      () => destinationTemplate(destination.name),
      undefined,
    )
    return typeof template === 'string' ? { ...destination, template } : destination
  }

  relation(destination: Destination | undefined): Relation {
    const { relation = 'auto' } = this.options
    if (typeof relation === 'string') return relation
    const wanted = guard('the option relation', () => relation(destination?.name ?? ''), 'auto')
    return wanted === 'parent' || wanted === 'link' ? wanted : 'auto'
  }

  /** A tracer of the provider that is registered now; undefined where there is none. */
  #tracerNow(): Tracer | undefined {
    const provider = tracerProvider()
    if (provider !== this.#provider) {
      const { scope } = this.#config
      const schemaUrl = this.#generation === '1.44' ? SCHEMA_URL_1_44 : SCHEMA_URL
      this.#provider = provider
      this.#tracer = provider?.getTracer(scope, VERSION, { schemaUrl })
    }
    return this.#tracer
  }

  /** What an operation has in common with all that are like it. */
  shape(operation: Operation, type: OperationType): Shape {
    return this.#shapes.of(operation, type)
  }

  /** The attributes in the names that the user wants. */
  named(attributes: Attributes): Attributes {
    return inGeneration(attributes, this.#generation)
  }

  /** Starts a span; undefined where there is no SDK, or it fails. */
  startSpan(shape: SpanShape, options: SpanOptions, parent: Context): Span | undefined {
    try {
      return this.#tracerNow()?.startSpan(shape.spanName, options, parent)
    } catch (error) {
      report(`starting a ${shape.type} span`, error)
      return undefined
    }
  }

  /** Puts on a span what samplers need not know: given at the start, SDKs would check it twice. */
  describe(span: Span, shape: SpanShape, attributes?: Attributes): void {
    if (shape.details) span.setAttributes(shape.details)
    if (attributes) span.setAttributes(this.named(attributes))
  }

  /** All attributes of one message that `common` does not tell, in the names that the user wants. */
  messageAttributes(facts: MessageFacts, common?: MessageFacts): Attributes {
    const attributes = messageAttributes(facts)
    if (facts.partition !== common?.partition || facts.destination) addPlace(attributes, facts)
    return this.named(attributes)
  }

  /** Marks a span as failed, and tells of the exception. The answer is the `error.type`. */
  failed(span: Span | undefined, type: OperationType, error: unknown, code?: string): string {
    const { scope, classifyError } = this.#config
    const errorType = code ?? errorTypeOf(error, classifyError)
    if (span) {
      recordFailure(span, error, errorType)
      guard('telling of an exception', () => tellException(scope, span, type, error), undefined)
    }
    return errorType
  }

  /** Notes the id that the broker gave a call. */
  answered(span: Span, answerOrError: unknown): void {
    const { requestId } = this.#config
    const id = requestId && guard('reading a request id', () => requestId(answerOrError), undefined)
    if (id !== undefined) span.setAttribute(AWS_REQUEST_ID, id)
  }

  onSend(span: Span, message: Sent): void {
    const { onSend } = this.options
    if (onSend) callHook('the option onSend', () => onSend(span, message))
  }

  onProcess(span: Span, message: Received): void {
    const { onProcess } = this.options
    if (onProcess) callHook('the option onProcess', () => onProcess(span, message))
  }

  onProcessBatch(span: Span, messages: readonly Received[]): void {
    const { onProcessBatch } = this.options
    if (onProcessBatch) callHook('the option onProcessBatch', () => onProcessBatch(span, messages))
  }
}

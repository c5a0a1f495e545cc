import {
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'

/** Reads and writes B3 in one header, and no tracestate: what a global propagator of the user's may be. */
export class B3Propagator implements TextMapPropagator {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = trace.getSpanContext(ctx)
    if (spanContext) setter.set(carrier, 'b3', `${spanContext.traceId}-${spanContext.spanId}-1`)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const [traceId, spanId] = String(getter.get(carrier, 'b3')).split('-')
    return traceId && spanId ? trace.setSpanContext(ctx, { traceId, spanId, traceFlags: 1 }) : ctx
  }

  fields(): string[] {
    return ['b3']
  }
}

/** Fails at whatever it is asked. */
export class BrokenPropagator implements TextMapPropagator {
  inject(): never {
    throw new Error('inject')
  }

  extract(): never {
    throw new Error('extract')
  }

  fields(): never {
    throw new Error('fields')
  }
}

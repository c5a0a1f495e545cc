import type { Attributes, Link } from '@opentelemetry/api'
import { AlwaysOnSampler, type Sampler } from '@opentelemetry/sdk-trace'

/** What a sampler was told of a span. */
interface Asked {
  readonly name: string
  readonly attributes: Attributes
  readonly links: readonly Link[]
}

/** Takes every span, and notes what it was asked with. */
export class NotingSampler implements Sampler {
  readonly asked: Asked[] = []
  readonly #inner = new AlwaysOnSampler()

  shouldSample(
    ...[, , name, , attributes, links]: Parameters<Sampler['shouldSample']>
  ): ReturnType<Sampler['shouldSample']> {
    this.asked.push({ name, attributes: { ...attributes }, links })
    return this.#inner.shouldSample()
  }

  toString(): string {
    return 'noting'
  }
}

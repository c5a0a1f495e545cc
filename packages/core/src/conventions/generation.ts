import type { Attributes, AttributeValue, Span } from '@opentelemetry/api'
import type { SemconvGeneration } from '../model/options.ts'
import * as names from '../semconv.ts'

/** What takes attributes one by one: a span, above all. */
export interface AttributeSink {
  setAttribute(name: string, value: AttributeValue): unknown
}

/** The attributes in the names of the chosen generation. */
export function inGeneration(attributes: Attributes, generation: SemconvGeneration): Attributes {
  if (generation === '1.45') return attributes
  const renamed: Attributes = generation === 'dup' ? attributes : {}
  for (const [name, value] of Object.entries(attributes)) {
    renamed[names.NAMES_BEFORE_1_45[name] ?? name] =
      name === names.MESSAGING_SYSTEM_NAME ? (names.SYSTEMS_BEFORE_1_45[String(value)] ?? value) : value
  }
  return renamed
}

/** The span, for attributes in the names of 1.45: they get those of the chosen generation on the way. */
export function sinkOf(span: Span, generation: SemconvGeneration): AttributeSink {
  if (generation === '1.45') return span
  return {
    setAttribute: (name, value) => span.setAttributes(inGeneration({ [name]: value }, generation)),
  }
}

/** Attributes that are collected, for a link. */
export class AttributeBag implements AttributeSink {
  readonly attributes: Attributes = {}

  setAttribute(name: string, value: AttributeValue): void {
    this.attributes[name] = value
  }
}

import type { Attributes } from '@opentelemetry/api'
import type { SemconvGeneration } from '../model/options.ts'
import * as names from '../semconv.ts'

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

/** What `OTEL_SEMCONV_STABILITY_OPT_IN` asks for. */
export function generationFromEnvironment(): SemconvGeneration {
  const tokens = (globalThis.process?.env.OTEL_SEMCONV_STABILITY_OPT_IN ?? '').split(',').map((t) => t.trim())
  return tokens.includes('messaging/dup') ? 'dup' : '1.45'
}

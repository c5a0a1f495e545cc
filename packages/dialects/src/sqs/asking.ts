import { contextHeaders, extended, XRAY_HEADER } from '@flowstitch/core'
import { hasKeys, type AttributeValue } from './attributes.ts'
import { DATADOG_ATTRIBUTE } from './datadog.ts'
import { restoreDigest, type Digested } from './digest.ts'
import type { Hidden } from './message.ts'

const SYSTEM_ATTRIBUTES = [
  'AWSTraceHeader',
  'ApproximateReceiveCount',
  'SentTimestamp',
  'ApproximateFirstReceiveTimestamp',
  'DeadLetterQueueSourceArn',
]

/** What a receive asks for. */
export interface Asking {
  readonly MessageAttributeNames?: readonly string[] | undefined
  readonly MessageSystemAttributeNames?: readonly string[] | undefined
  readonly AttributeNames?: readonly string[] | undefined
}

/** What a receive asks for beyond what its user does, and must not be seen. */
export interface Extra {
  readonly attributes: readonly string[]
  readonly systemAttributes: readonly string[]
}

/** SQS gives only the attributes that it is asked for: asks for those that tracing needs, in a copy. */
export function askForMore<I extends Asking>(input: I): { readonly input: I; readonly extra: Extra } {
  const { MessageAttributeNames = [], MessageSystemAttributeNames = [], AttributeNames = [] } = input
  const asked = new Set([...MessageSystemAttributeNames, ...AttributeNames])
  const attributes = [...contextHeaders(), DATADOG_ATTRIBUTE].filter(
    (name) => name !== XRAY_HEADER && !MessageAttributeNames.some((pattern) => covers(pattern, name)),
  )
  const systemAttributes = asked.has('All') ? [] : SYSTEM_ATTRIBUTES.filter((name) => !asked.has(name))
  // `AttributeNames` is the older form; SQS need not read both.
  const older = input.AttributeNames !== undefined && input.MessageSystemAttributeNames === undefined
  const system = older
    ? { AttributeNames: [...AttributeNames, ...systemAttributes] }
    : { MessageSystemAttributeNames: [...MessageSystemAttributeNames, ...systemAttributes] }
  return {
    input: extended(input, {
      MessageAttributeNames: [...MessageAttributeNames, ...attributes],
      ...system,
    }),
    extra: { attributes, systemAttributes },
  }
}

/** ReceiveMessage, `MessageAttributeNames`: a name, `All`, `.*`, or a prefix and `.*`. */
function covers(pattern: string, name: string): boolean {
  if (pattern === 'All') return true
  return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : pattern === name
}

/** A message that nobody has seen yet. */
export interface Fresh extends Digested {
  MessageAttributes?: Record<string, AttributeValue> | undefined
  Attributes?: object | undefined
}

/** Takes out of a message what its user has not asked for: it is then as it would have been. */
export function hide(message: Fresh, { attributes, systemAttributes }: Extra): Hidden {
  const all = { ...message.MessageAttributes }
  const hidden = {
    attributes: take(message.MessageAttributes, attributes),
    systemAttributes: take(message.Attributes as Record<string, unknown>, systemAttributes),
  }
  if (hasKeys(hidden.attributes)) {
    if (!hasKeys(message.MessageAttributes)) delete message.MessageAttributes
    restoreDigest(message, 'MD5OfMessageAttributes', all, message.MessageAttributes)
  }
  if (hasKeys(hidden.systemAttributes) && !hasKeys(message.Attributes)) delete message.Attributes
  return hidden
}

function take(from: Record<string, unknown> | undefined, names: readonly string[]): Record<string, unknown> {
  const taken: Record<string, unknown> = {}
  for (const name of names) {
    const value = from?.[name]
    if (!from || value === undefined) continue
    taken[name] = value
    delete from[name]
  }
  return taken
}

import { DATADOG_ATTRIBUTE, type Hidden } from '@flowstitch/dialects/sqs'
import { contextHeaders, XRAY_HEADER } from '@flowstitch/core'
import type {
  Message,
  MessageSystemAttributeName,
  QueueAttributeName,
  ReceiveMessageRequest,
} from '@aws-sdk/client-sqs'
import { hasKeys } from './attributes.ts'
import { restoreDigest } from './md5.ts'

const SYSTEM_ATTRIBUTES: readonly MessageSystemAttributeName[] = [
  'AWSTraceHeader',
  'ApproximateReceiveCount',
  'SentTimestamp',
  'ApproximateFirstReceiveTimestamp',
  'DeadLetterQueueSourceArn',
]

/** A receive that asks for more than its user does. */
export interface Asking {
  readonly input: ReceiveMessageRequest
  /** What is asked for beyond that, and must not be seen. */
  readonly hidden: {
    readonly attributes: readonly string[]
    readonly systemAttributes: readonly MessageSystemAttributeName[]
  }
}

/** SQS gives only the attributes that it is asked for: asks for those that tracing needs, in a copy. */
export function askForMore(input: ReceiveMessageRequest): Asking {
  const { MessageAttributeNames = [], MessageSystemAttributeNames = [], AttributeNames = [] } = input
  const asked: readonly string[] = [...MessageSystemAttributeNames, ...AttributeNames]
  const attributes = [...contextHeaders(), DATADOG_ATTRIBUTE].filter(
    (name) => name !== XRAY_HEADER && !MessageAttributeNames.some((pattern) => covers(pattern, name)),
  )
  const systemAttributes = asked.includes('All')
    ? []
    : SYSTEM_ATTRIBUTES.filter((name) => !asked.includes(name))
  // `AttributeNames` is the older form; SQS need not read both.
  const older = input.AttributeNames !== undefined && input.MessageSystemAttributeNames === undefined
  const system = older
    ? { AttributeNames: [...AttributeNames, ...(systemAttributes as string[] as QueueAttributeName[])] }
    : { MessageSystemAttributeNames: [...MessageSystemAttributeNames, ...systemAttributes] }
  return {
    input: { ...input, MessageAttributeNames: [...MessageAttributeNames, ...attributes], ...system },
    hidden: { attributes, systemAttributes },
  }
}

/** ReceiveMessage, `MessageAttributeNames`: a name, `All`, `.*`, or a prefix and `.*`. */
function covers(pattern: string, name: string): boolean {
  if (pattern === 'All') return true
  return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : pattern === name
}

/** Takes out of a message, fresh from the SDK, what its user has not asked for: it is then as it would have been. */
export function putAside(message: Message, { attributes, systemAttributes }: Asking['hidden']): Hidden {
  const all = { ...message.MessageAttributes }
  const taken = take(message.MessageAttributes, attributes)
  const takenOfSystem = take(message.Attributes as Record<string, string>, systemAttributes)
  if (hasKeys(taken)) {
    if (!hasKeys(message.MessageAttributes)) delete message.MessageAttributes
    restoreDigest(message, 'MD5OfMessageAttributes', all, message.MessageAttributes)
  }
  if (hasKeys(takenOfSystem) && !hasKeys(message.Attributes)) delete message.Attributes
  return { attributes: taken, systemAttributes: takenOfSystem }
}

function take<V>(from: Record<string, V> | undefined, names: readonly string[]): Record<string, V> {
  const taken: Record<string, V> = {}
  for (const name of names) {
    const value = from?.[name]
    if (!from || value === undefined) continue
    taken[name] = value
    delete from[name]
  }
  return taken
}

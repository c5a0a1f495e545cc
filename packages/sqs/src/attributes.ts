import type { MessageAttributeValue } from '@aws-sdk/client-sqs'

/** The attributes of a message to be sent that the SDK will send: it leaves out what is not set. */
export function presentAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue | null | undefined>> | null | undefined,
): [name: string, value: MessageAttributeValue][] {
  const present: [string, MessageAttributeValue][] = []
  for (const [name, value] of Object.entries(attributes ?? {})) if (value) present.push([name, value])
  return present
}

export function hasKeys(attributes: object | undefined): boolean {
  return attributes !== undefined && Object.keys(attributes).length > 0
}

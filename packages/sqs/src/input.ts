const LISTS = ['MessageAttributeNames', 'MessageSystemAttributeNames', 'AttributeNames'] as const

type Input = Readonly<Partial<Record<(typeof LISTS)[number] | 'Entries' | 'MessageAttributes', unknown>>>

/** What the SDK or SQS would refuse goes on as it is, so that the refusal is their own. */
export function isWellFormed(commandName: string, given: object): boolean {
  const input: Input = given
  if (commandName.includes('Batch')) return Array.isArray(input.Entries) && input.Entries.every(isMessage)
  return isMessage(input) && LISTS.every((list) => input[list] === undefined || Array.isArray(input[list]))
}

function isMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { MessageAttributes } = value as Input
  return MessageAttributes === undefined || typeof MessageAttributes === 'object'
}

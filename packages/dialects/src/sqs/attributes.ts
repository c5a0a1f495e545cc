/** A message attribute in any of its spellings: the SDK's, a Lambda record's, that of SNS. */
interface AnyAttribute {
  readonly StringValue?: unknown
  readonly BinaryValue?: unknown
  readonly stringValue?: unknown
  readonly binaryValue?: unknown
  readonly Type?: unknown
  readonly Value?: unknown
}

/** Message attributes by their names; anybody may have written them. */
export type Attributes = Readonly<Record<string, unknown>>

/** A message attribute as text; undefined for what is none. SNS, delivering raw, may make texts binary. */
export function attributeText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { StringValue, BinaryValue, stringValue, binaryValue, Type, Value } = value as AnyAttribute
  const text = StringValue ?? stringValue
  if (typeof text === 'string') return text
  if (BinaryValue instanceof Uint8Array) return Buffer.from(BinaryValue).toString()
  if (typeof binaryValue === 'string') return Buffer.from(binaryValue, 'base64').toString()
  if (typeof Value !== 'string') return undefined
  return Type === 'Binary' ? Buffer.from(Value, 'base64').toString() : Value
}

/** A message attribute as calls send it and receives answer it. */
export interface AttributeValue {
  readonly DataType: string | undefined
  readonly StringValue?: string | undefined
  readonly BinaryValue?: Uint8Array | undefined
}

/** Attributes of a message to be sent: clients leave out what is not set. */
export type AttributeValues = Readonly<Record<string, AttributeValue | null | undefined>> | null | undefined

/** Those that are set. */
export function presentAttributes(attributes: AttributeValues): [name: string, value: AttributeValue][] {
  return Object.entries(attributes ?? {}).filter((entry): entry is [string, AttributeValue] => !!entry[1])
}

export function hasKeys(attributes: object | undefined): boolean {
  return attributes !== undefined && Object.keys(attributes).length > 0
}

/** Headers in text, by their names. */
export type Headers = Readonly<Record<string, string>>

/** Those of an object's values that are text, with `textOf` to make them so; none in what is no object. */
export function textsIn(object: unknown, textOf: (value: unknown) => unknown = (value) => value): Headers {
  if (typeof object !== 'object' || object === null) return {}
  const texts = Object.entries(object).map(([name, value]) => [name, textOf(value)] as const)
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** An object in JSON; undefined for anything else, and for what is longer than it may be. */
export function parseObject(text: unknown, maxLength: number): Readonly<Record<string, unknown>> | undefined {
  if (typeof text !== 'string' || text.length > maxLength || !text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

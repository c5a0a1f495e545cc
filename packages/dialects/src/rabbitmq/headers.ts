import type { ReadCarrier } from '@flowstitch/core'
import { textOf, type Table } from './values.ts'

/** The headers of messages that have them where `tableOf` says, of any client or event source. */
export function headerCarrier<M>(tableOf: (message: M) => Table | null | undefined): ReadCarrier<M> {
  return {
    get: (message, name) => read(tableOf(message), name),
    names: (message) => namesIn(tableOf(message)),
  }
}

function read(table: Table | null | undefined, name: string): string | readonly string[] | undefined {
  if (!table) return undefined
  const value = table[name] ?? ignoringCase(table, name)
  return Array.isArray(value) ? value.map(textOf).filter((text) => text !== undefined) : textOf(value)
}

/** Asked for each header of each format that a message might carry: names of another length cost nothing. */
function ignoringCase(table: Table, name: string): unknown {
  for (const key in table) {
    if (key.length === name.length && key.toLowerCase() === name) return table[key]
  }
  return undefined
}

/** Also inherited ones: clients send them. */
function namesIn(table: Table | null | undefined): string[] {
  const names: string[] = []
  for (const name in table) names.push(name)
  return names
}

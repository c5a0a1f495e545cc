import { textOf, type RedisText } from './text.ts'

/** Commands that put values into a list or a channel: where they begin among the arguments. */
const SENDING: ReadonlyMap<string, number> = new Map([
  ['publish', 1],
  ['spublish', 1],
  ['lpush', 1],
  ['rpush', 1],
  ['lpushx', 1],
  ['rpushx', 1],
])

/** How a command that takes values out of lists names them. */
interface Popping {
  lists(args: readonly unknown[]): readonly unknown[]
  /** Whether the reply names the list before what came from it. */
  readonly named: boolean
  /** Whether it brings one value at most. */
  single(args: readonly unknown[]): boolean
}

const counted = (at: number): Popping => ({
  lists: (args) => args.slice(at + 1, at + 1 + Number(textOf(args[at]))),
  named: true,
  single: () => false,
})
const first: Popping = { lists: ([list]) => [list], named: false, single: () => true }
const blocking: Popping = { lists: (args) => args.slice(0, -1), named: true, single: () => true }
const several: Popping = { ...first, single: (args) => args.length < 2 }

const POPPING: ReadonlyMap<string, Popping> = new Map([
  ['lpop', several],
  ['rpop', several],
  ['blpop', blocking],
  ['brpop', blocking],
  ['lmpop', counted(0)],
  ['blmpop', counted(1)],
  ['lmove', first],
  ['blmove', first],
  ['rpoplpush', first],
  ['brpoplpush', first],
])
const MOVING: ReadonlySet<string> = new Set(['lmove', 'blmove', 'rpoplpush', 'brpoplpush'])

/** Where the payloads begin in a command that sends some; undefined for others, and for what Redis would refuse. */
export function firstPayload(name: string, args: readonly unknown[]): number | undefined {
  const from = SENDING.get(name)
  return from !== undefined && args.length > from ? from : undefined
}

/** A command that takes values out of lists. */
export interface Pop {
  readonly lists: readonly string[]
  /** Whether it brings one value at most. */
  readonly single: boolean
  /** The list that it puts the value into. */
  readonly to: string | undefined
  /** The reply with other values in place of those that came. */
  mapped(reply: unknown, map: (list: string, value: RedisText) => RedisText): unknown
}

/** What a command asks of lists; undefined for commands that take nothing out. */
export function popOf(name: string, args: readonly unknown[]): Pop | undefined {
  const popping = POPPING.get(name)
  if (!popping) return undefined
  const lists = popping.lists(args).map(textOf)
  return {
    lists,
    single: popping.single(args),
    to: MOVING.has(name) ? textOf(args[1]) : undefined,
    mapped(reply, map) {
      if (!popping.named) return mapValues(reply, (value) => map(lists[0] ?? '', value))
      if (!Array.isArray(reply) || reply.length !== 2) return reply
      const [list, values] = reply as [unknown, unknown]
      return [list, mapValues(values, (value) => map(textOf(list), value))]
    },
  }
}

function mapValues(values: unknown, map: (value: RedisText) => RedisText): unknown {
  const mapOne = (value: unknown): unknown =>
    typeof value === 'string' || Buffer.isBuffer(value) ? map(value) : value
  return Array.isArray(values) ? values.map(mapOne) : mapOne(values)
}

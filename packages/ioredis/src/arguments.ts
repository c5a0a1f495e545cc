import { textOf, type RedisSource } from './message.ts'

type Arguments = readonly unknown[]

/** Options of XADD before the id, and how many arguments each takes. */
const ADD_OPTIONS = new Map([
  ['NOMKSTREAM', 0],
  ['KEEPREF', 0],
  ['DELREF', 0],
  ['ACKED', 0],
  ['IDMPAUTO', 1],
  ['IDMP', 2],
  ['MAXLEN', 1],
  ['MINID', 1],
  ['LIMIT', 1],
])
const TRIMMING = new Set(['MAXLEN', 'MINID'])
const APPROXIMATION = new Set(['~', '='])
const NEW_ID = /^(\*|\d+(-(\d+|\*))?)$/

/**
 * Where the fields of an XADD begin; undefined for what Redis would refuse and for options that came after
 * this was written: fields of ours would make another command of those.
 */
export function firstField(args: Arguments): number | undefined {
  let at = 1
  for (;;) {
    const word = textOf(args[at]).toUpperCase()
    const taken = ADD_OPTIONS.get(word)
    if (taken === undefined) break
    const sign = TRIMMING.has(word) && APPROXIMATION.has(textOf(args[at + 1])) ? 1 : 0
    at += 1 + sign + taken
  }
  const fields = args.length - at - 1
  return NEW_ID.test(textOf(args[at])) && fields >= 2 && fields % 2 === 0 ? at + 1 : undefined
}

/** A command that asks for entries. */
export interface Read extends Partial<Omit<RedisSource, 'stream'>> {
  readonly streams: readonly string[]
  /** Which delivery its entries are, at least; undefined where no group counts. */
  attempt(stream: string): number | undefined
}

/** XREAD and XREADGROUP. */
export function readOf(name: string, args: Arguments): Read | undefined {
  const inGroup = name === 'xreadgroup'
  const from = inGroup ? 3 : 0
  const at = args.findIndex((arg, index) => index >= from && textOf(arg).toUpperCase() === 'STREAMS')
  if (at < 0) return undefined
  const count = (args.length - at - 1) / 2
  const streams = args.slice(at + 1, at + 1 + count).map(textOf)
  if (!inGroup) return { streams, attempt: () => undefined }
  // `>` is for what the group has never delivered; any other id for what the consumer has got before.
  const fresh = new Set(streams.filter((_, index) => textOf(args[at + 1 + count + index]) === '>'))
  return {
    streams,
    group: textOf(args[1]),
    consumer: textOf(args[2]),
    attempt: (stream) => (fresh.has(stream) ? 1 : 2),
  }
}

/** XCLAIM and XAUTOCLAIM: entries that another consumer has got, and not settled. */
export function claimOf([stream, group, consumer]: Arguments): Read {
  return { streams: [textOf(stream)], group: textOf(group), consumer: textOf(consumer), attempt: () => 2 }
}

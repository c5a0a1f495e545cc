import { textOf } from './text.ts'

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
 * Where the fields of an XADD begin among its arguments; undefined for what Redis would refuse and for options that came after
 * this was written: fields of ours would make another command of those.
 */
export function firstField(args: readonly unknown[]): number | undefined {
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

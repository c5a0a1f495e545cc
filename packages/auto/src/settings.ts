import type { KafkaOptions } from '@flowstitch/kafkajs'
import { warn } from './warn.ts'

/** Those options of all adapters that are plain values. */
export type PlainOptions = Pick<
  KafkaOptions,
  'relation' | 'longDelayMs' | 'createSpans' | 'settleSpans' | 'metrics' | 'captureKey' | 'captureBodySize'
>

export interface Settings {
  readonly options: PlainOptions
  /** The adapters that are not wanted. */
  readonly disabled: ReadonlySet<string>
}

type Environment = Readonly<Record<string, string | undefined>>

interface Kind<T> {
  readonly takes: string
  /** Undefined for what is wrong. */
  readonly read: (text: string) => T | undefined
}

const kinds: { readonly [K in keyof PlainOptions]-?: Kind<PlainOptions[K]> } = {
  relation: oneOf('auto', 'parent', 'link'),
  longDelayMs: {
    takes: 'a number of milliseconds',
    read: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  },
  createSpans: oneOf('auto', 'always', 'never'),
  settleSpans: yesOrNo(),
  metrics: oneOf('all', 'standard', 'none'),
  captureKey: yesOrNo(),
  captureBodySize: yesOrNo(),
}

function oneOf<T extends string>(...values: readonly T[]): Kind<T> {
  return { takes: values.join(', '), read: (text) => values.find((value) => value === text.toLowerCase()) }
}

function yesOrNo(): Kind<boolean> {
  const { takes, read } = oneOf('true', 'false')
  const answers = new Map([
    ['true', true],
    ['false', false],
  ])
  return { takes, read: (text) => answers.get(read(text) ?? '') }
}

/** Reads what the environment says; what is wrong there is told, and counts as not said. */
export function readSettings(environment: Environment, adapters: readonly string[]): Settings {
  return { options: readOptions(environment), disabled: readDisabled(environment, adapters) }
}

function readOptions(environment: Environment): PlainOptions {
  const options: Record<string, unknown> = {}
  for (const [name, { takes, read }] of Object.entries(kinds)) {
    const variable = variableOf(name)
    const text = environment[variable]?.trim()
    if (!text) continue
    const value = read(text)
    if (value === undefined) warn(`${variable}=${text} is ignored: it takes ${takes}`)
    else options[name] = value
  }
  return options
}

/** `settleSpans` is `FLOWSTITCH_SETTLE_SPANS`. */
function variableOf(option: string): string {
  return `FLOWSTITCH_${option.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`
}

const DISABLED = 'FLOWSTITCH_AUTO_DISABLED'

function readDisabled(environment: Environment, adapters: readonly string[]): ReadonlySet<string> {
  const names = (environment[DISABLED] ?? '').split(',').map((name) => name.trim().toLowerCase())
  const wanted = names.filter((name) => name !== '')
  const unknown = wanted.filter((name) => !adapters.includes(name))
  if (unknown.length > 0) {
    warn(`${DISABLED}: ${unknown.join(', ')} is ignored: it takes ${adapters.join(', ')}`)
  }
  return new Set(wanted)
}

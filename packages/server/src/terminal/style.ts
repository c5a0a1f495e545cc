import { styleText } from 'node:util'

/** The looks that terminal output uses; one word a meaning, so that a change of colour is one line. */
export type Look = 'plain' | 'strong' | 'faint' | 'bad' | 'good' | 'waiting' | 'message' | 'critical'

const formats: Record<Exclude<Look, 'plain'>, Parameters<typeof styleText>[0]> = {
  strong: 'bold',
  faint: 'dim',
  bad: 'red',
  good: 'green',
  waiting: 'yellow',
  message: 'cyan',
  critical: ['bold', 'magenta'],
}

/** Gives text its look, or leaves it as it is. */
export type Paint = (look: Look, text: string) => string

/** A `Paint` with or without colours. */
export function painter(color: boolean): Paint {
  return (look, text) => {
    if (!color || look === 'plain' || text === '') return text
    return styleText(formats[look], text, { validateStream: false })
  }
}

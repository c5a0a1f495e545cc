import { report } from '../runtime/guard.ts'
import type { MessageFacts } from './message.ts'

/** Whoever knows its messages. */
interface Describer<M> {
  facts(message: M, index: number): MessageFacts
}

const NOTHING: MessageFacts = {}

/** What an adapter knows of a message; nothing, where it fails to say. */
export function factsOf<M>(describer: Describer<M>, message: M, index = 0): MessageFacts {
  try {
    return describer.facts(message, index)
  } catch (error) {
    report('describing a message', error)
    return NOTHING
  }
}

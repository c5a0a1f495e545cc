import { MS, type LoadSpan } from './span.ts'
import { stories, type Mix } from './stories/index.ts'
import type { Story } from './stories/story.ts'
import { Teller } from './teller.ts'
import type { FlowTruth } from './truth.ts'

/** Spans as services would export them, in the order of what happens, and what is true of them. */
export interface Load {
  readonly spans: readonly LoadSpan[]
  readonly flows: readonly FlowTruth[]
}

/** How far apart stories begin, in microseconds of the virtual clock. */
const PAUSE = 20 * MS

/** Turns of the mix until there are this many spans or a little more; every story is told at least once. */
export function makeLoad(seed: number, spans: number, mix: Mix = stories): Load {
  const teller = new Teller(seed)
  const all = Object.values(mix)
  for (const [turn, { story }] of all.entries()) tell(teller, story, turn)
  const lots = all.flatMap(({ story, turns }) => Array<Story>(turns).fill(story))
  for (let turn = all.length; teller.spans.length < spans; turn++)
    tell(teller, teller.random.pick(lots), turn)
  return teller
}

/** One story, over and over. */
export function makeLoadOf(story: Story, seed: number, spans: number): Load {
  return makeLoad(seed, spans, { story: { story, turns: 1 } })
}

function tell(teller: Teller, story: Story, turn: number): void {
  story(teller, turn * PAUSE)
  teller.turn()
}

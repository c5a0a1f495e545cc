import { batchOf } from './batch.ts'
import { chainOf } from './chain.ts'
import { deadLetter, redrive } from './dead-letters.ts'
import { delay } from './delays.ts'
import { aggregation, scatterGather } from './fan-in.ts'
import { fanOut } from './fan-out.ts'
import { loss } from './losses.ts'
import { silentService } from './orphans.ts'
import { pull } from './pulls.ts'
import { delayQueue, inProcess, redelivery, retryTopic } from './retries.ts'
import type { Story } from './story.ts'

/** Stories by name, and how often each is told as against the others. */
export type Mix = Readonly<Record<string, { readonly story: Story; readonly turns: number }>>

/** Every story of the load. */
export const stories: Mix = {
  chain: { story: chainOf(3), turns: 500 },
  'fan-out of 8': { story: fanOut, turns: 180 },
  'batch of 50': { story: batchOf(50), turns: 15 },
  'batch of 500': { story: batchOf(500), turns: 2 },
  pull: { story: pull, turns: 15 },
  aggregation: { story: aggregation, turns: 40 },
  'scatter and gather': { story: scatterGather, turns: 30 },
  redelivery: { story: redelivery, turns: 30 },
  'retry in the process': { story: inProcess, turns: 20 },
  'retry topic': { story: retryTopic, turns: 20 },
  'delay queue': { story: delayQueue, turns: 15 },
  'dead letter': { story: deadLetter, turns: 30 },
  redrive: { story: redrive, turns: 20 },
  'delay of an hour': { story: delay, turns: 40 },
  'silent service': { story: silentService, turns: 40 },
  loss: { story: loss, turns: 3 },
}

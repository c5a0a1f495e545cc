import type { Flow } from '@flowstitch/correlator'
import { allServices } from '@flowstitch/example-orders/demo/story'
import { strangersIn } from '@flowstitch/example-orders/demo/summary'
import { expect, test } from 'vitest'
import { startedStory } from './started-story.ts'

test('fifty orders handled by one eachBatch are fifty flows, none with a step of another', async () => {
  const batchWorker = new URL('services/batch-worker.ts', import.meta.url).pathname
  const { story, outcomes } = await startedStory({
    env: { ORDERS_PARTITIONS: '1' },
    instead: { worker: batchWorker },
  })
  await story.start('shop')
  const orders = await Promise.all(Array.from({ length: 50 }, () => story.order('tea', 3)))
  await story.start(...allServices.filter((name) => name !== 'shop'))

  const done = await outcomes(orders)

  expect(done.flatMap(({ problems }) => problems)).toEqual([])
  const flows = done.flatMap(({ flow }) => flow ?? [])
  expect(new Set(flows.map(({ id }) => id)).size).toBe(50)
  expect(strangersIn(flows)).toEqual([])
  expect(new Set(flows.flatMap(batchSteps)).size).toBe(1)
}, 120_000)

/** What the worker did for several orders at once. */
function batchSteps({ steps }: Flow): string[] {
  return steps.filter(({ service, shared }) => service === 'worker' && shared).map(({ spanId }) => spanId)
}

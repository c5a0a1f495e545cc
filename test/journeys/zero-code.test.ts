import { allServices } from '@flowstitch/example-orders/demo/story'
import { expect, test } from 'vitest'
import { startedStory } from './started-story.ts'

test('a service without a line of Flowstitch is in the flow, beside services that call it themselves', async () => {
  const { story, outcomes } = await startedStory({
    env: { NODE_OPTIONS: `--import=${import.meta.resolve('@flowstitch/auto')}` },
    instead: { worker: new URL('services/plain-worker.ts', import.meta.url).pathname },
  })
  await story.start(...allServices)

  const [outcome] = await outcomes([await story.order('tea', 3)])

  expect(outcome?.problems).toEqual([])
  expect(outcome?.flow?.services).toEqual(['auditor', 'notifier', 'payments', 'shipping', 'shop', 'worker'])
}, 120_000)

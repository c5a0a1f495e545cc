import { allServices } from '@flowstitch/example-orders/demo/story'
import { expect, test } from 'vitest'
import { startedStory } from './started-story.ts'

test('what starts after the producer has gone still joins its flow', async () => {
  const { story, outcomes } = await startedStory()
  await story.start('shop')
  const order = await story.order('tea', 3)
  await story.stop('shop')

  await story.start(...allServices.filter((name) => name !== 'shop'))

  const [outcome] = await outcomes([order])
  expect(outcome?.problems).toEqual([])
  expect(outcome?.flow?.services).toEqual(['auditor', 'notifier', 'payments', 'shipping', 'shop', 'worker'])
}, 120_000)

import type { LogEntry } from '@flowstitch/example-orders/log'
import { allServices } from '@flowstitch/example-orders/demo/story'
import { expect, test, vi } from 'vitest'
import { startedStory } from './started-story.ts'

test('an order that its last consumer has not got says so, as it normally does', async () => {
  const { story, client, outcomes } = await startedStory()
  await story.start(...allServices)
  // Every tenth is declined, and says nothing about what is normal.
  const normal = await Promise.all(Array.from({ length: 30 }, () => story.order('tea', 3)))
  await outcomes(normal)
  await story.stop('auditor')
  const odd = await story.order('tea', 3)
  const isNotified = ({ event, service }: LogEntry): boolean => event === 'sent' && service === 'notifier'
  await story.ledger.until(odd, isNotified, AbortSignal.timeout(30_000))
  const flowId = story.ledger.of(odd)[0]!.trace!

  // Nothing is called missing before flows have been quiet for half a minute.
  const missing = await vi.waitFor(
    async () => {
      await client.shapes()
      const flow = await client.flow(flowId)
      expect(flow?.missing).toBeDefined()
      return flow!.missing!
    },
    { timeout: 80_000, interval: 1000 },
  )

  expect(missing).toMatchObject([{ service: 'auditor', kind: 'process', system: 'redis', flows: 27 }])
  // The others end when their own half minute is over.
  const origins = await vi.waitFor(
    async () => {
      const { origins } = await client.shapes({ service: 'shop' })
      expect(origins).toMatchObject([{ name: 'POST /orders', flows: 31 }])
      return origins
    },
    { timeout: 60_000, interval: 1000 },
  )
  const ways = origins[0]!.shapes.map(({ flows, failed, steps }) => ({ flows, failed, steps: steps.length }))
  expect(ways).toMatchObject([
    { flows: 27, failed: 0 },
    { flows: 3, failed: 3 },
    { flows: 1, failed: 0 },
  ])
}, 180_000)

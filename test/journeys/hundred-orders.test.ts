import type { Flow } from '@flowstitch/correlator'
import { outcomeOf } from '@flowstitch/example-orders/demo/follow'
import { allServices } from '@flowstitch/example-orders/demo/story'
import { strangersIn, summaryOf } from '@flowstitch/example-orders/demo/summary'
import type { Client } from 'flowstitch'
import { expect, test } from 'vitest'
import { startedStory } from './started-story.ts'

test('a hundred orders at once are a hundred flows, each of all that its services did and of nothing else', async () => {
  const { story, client, outcomes } = await startedStory()
  await story.start(...allServices)

  const orders = await Promise.all(Array.from({ length: 100 }, () => story.order('tea', 3)))
  await outcomes(orders)
  // Their last spans leave the services when they stop.
  await story.stop(...allServices)
  const done = await Promise.all(orders.map((order) => outcomeOf(order, story.ledger, client)))

  expect(
    done.flatMap(({ problems, order }) => problems.map((problem) => `order ${order}: ${problem}`)),
  ).toEqual([])
  const flows = done.flatMap(({ flow }) => flow ?? [])
  expect(strangersIn(flows)).toEqual([])
  expect((await listed(client)).toSorted()).toEqual(flows.map(({ id }) => id).toSorted())
  expect(new Set(flows.map(({ id }) => id)).size).toBe(100)
  expect(summaryOf(flows)).toMatchObject({ flows: 100, messages: 470, attempts: 680, deadLetters: 10 })
  expect(lanesOf(flows[orders.indexOf(7)]!)).toEqual([
    'payments 1 settled-negatively',
    'payments 2 settled-negatively',
    'payments 3 settled-negatively',
    'dead-letters 1 succeeded',
  ])
}, 120_000)

/** All flows' ids: where a list takes long, the server answers what it has, and where to go on. */
async function listed(client: Client): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await client.flows({ limit: 500, ...(cursor !== undefined && { cursor }) })
    ids.push(...page.flows.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

/** The attempts to handle the payment, in their order. */
function lanesOf({ messages, steps }: Flow): string[] {
  const payment = messages.find(({ system }) => system === 'rabbitmq')
  return (payment?.attempts ?? []).map(({ number, step, outcome }) => {
    const { service } = steps.find(
      ({ traceId, spanId }) => traceId === step.traceId && spanId === step.spanId,
    )!
    return `${service} ${number} ${outcome}`
  })
}

import { inspect } from 'node:util'
import type { LogEntry } from '@flowstitch/example-orders/log'
import { allServices, type Story } from '@flowstitch/example-orders/demo/story'
import { expect, onTestFinished, test } from 'vitest'
import { rawSenders } from './raw-senders.ts'
import { startedStory } from './started-story.ts'

test('a message with garbage for a trace context is handled, whatever broker brings it', async () => {
  const { story, outcomes, prefix } = await startedStory()
  await story.start(...allServices)
  const senders = await rawSenders(prefix)
  onTestFinished(() => senders.close())

  const sent = new Map<number, string>()
  for (const [broker, messages] of Object.entries(senders.of)) {
    for (const { header, send } of messages) {
      // No order whose card is declined.
      const number = 1001 + 10 * sent.size
      sent.set(number, `${broker}: ${inspect(header).slice(0, 60)}`)
      await send(JSON.stringify({ number, item: 'tea', amount: 3 }))
    }
  }

  expect(await lost(story, sent)).toEqual([])
  const [outcome] = await outcomes([await story.order('tea', 3)])
  expect(outcome?.problems).toEqual([])
}, 120_000)

/** The messages whose orders have not come to the end of the story in time. */
async function lost(story: Story, sent: ReadonlyMap<number, string>): Promise<string[]> {
  const signal = AbortSignal.timeout(60_000)
  const arrivals = [...sent].map(async ([number, message]) => {
    const arrival = story.ledger.until(number, isAudited, signal)
    return arrival.then(
      () => [],
      () => [message],
    )
  })
  return (await Promise.race([Promise.all(arrivals), story.broken])).flat()
}

function isAudited({ event, service }: LogEntry): boolean {
  return event === 'handled' && service === 'auditor'
}

import { MESSAGING_DESTINATION_NAME } from '@flowstitch/core/semconv'
import { afterEach, describe, expect, it } from 'vitest'
import { recordSpans, type SpanRecorder } from '../recorder.ts'
import type { AdapterUnderTest, Skip, TestSession } from './adapter.ts'
import type { Bench, Behaviour } from './behaviour.ts'
import { processing } from './processing.ts'
import { sending } from './sending.ts'

const behaviours: readonly Behaviour[] = [...sending, ...processing]

/**
 * Proves an adapter, against its real broker: call it in a Vitest file. What a broker can't have is skipped by
 * name, with the reason; a name that is no behaviour fails.
 */
export function adapterConformance(
  adapter: AdapterUnderTest,
  { skip = [] }: { skip?: readonly Skip[] } = {},
): void {
  describe(`${adapter.name} conforms`, () => {
    const recorders: SpanRecorder[] = []
    const sessions: TestSession[] = []
    /** Clients go on retrying a failed message for a while after their test has ended. */
    const past = new Set<unknown>()
    afterEach(async () => {
      for (const session of sessions.splice(0)) {
        await session.close()
        past.add(session.destination).add(session.consumedDestination ?? session.destination)
      }
      for (const recorder of recorders.splice(0)) await recorder.shutdown()
    })

    const opened = async (session: Promise<TestSession>): Promise<TestSession> => {
      sessions.push(await session)
      return session
    }
    const bench: Bench = {
      adapter,
      record(options) {
        const recorder = recordSpans({
          ...options,
          ignore: (span) => past.has(span.attributes[MESSAGING_DESTINATION_NAME]),
        })
        recorders.push(recorder)
        return recorder
      },
      open: (options) => opened(adapter.open(options)),
      openTwice: () => opened(adapter.openTwice()),
    }

    it('skips only behaviours that exist', () => {
      const known = new Set(behaviours.map(({ name }) => name))
      expect(skip.map(({ behaviour }) => behaviour).filter((name) => !known.has(name))).toEqual([])
    })
    for (const behaviour of behaviours) {
      const reason = skip.find(({ behaviour: name }) => name === behaviour.name)?.reason
      if (reason === undefined) it(behaviour.name, () => behaviour.run(bench))
      else it(`${behaviour.name} (skipped: ${reason})`, (test) => test.skip(reason))
    }
  })
}

import { MESSAGING_DESTINATION_NAME } from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { recordSpans, type SpanRecorder } from '../recorder.ts'
import type { AdapterUnderTest, Skip, TestSession } from './adapter.ts'
import type { Bench, Behaviour } from './behaviour.ts'
import { processing } from './processing.ts'
import { writeReport, type BehaviourResult } from './report.ts'
import { checkRules, isMessaging, rules } from './rules.ts'
import { sending } from './sending.ts'

const behaviours: readonly Behaviour[] = [...sending, ...processing]

/** What a suite is told beside the adapter. */
export interface ConformanceOptions {
  readonly skip?: readonly Skip[]
  /** The client and its version, where several are tried. */
  readonly client?: string
}

/**
 * Proves an adapter, against its real broker: call it in a Vitest file. What a broker can't have is skipped by
 * name, with the reason; a name that is no behaviour fails.
 */
export function adapterConformance(
  adapter: AdapterUnderTest,
  { skip = [], client }: ConformanceOptions = {},
): void {
  describe(`${adapter.name} conforms${client ? ` with ${client}` : ''}`, () => {
    const recorders: SpanRecorder[] = []
    const sessions: TestSession[] = []
    const spans: ReadableSpan[] = []
    const results: BehaviourResult[] = []
    /** Clients go on retrying a failed message for a while after their test has ended. */
    const past = new Set<unknown>()
    afterEach(async () => {
      for (const session of sessions.splice(0)) {
        await session.close()
        past.add(session.destination).add(session.consumedDestination ?? session.destination)
      }
      for (const recorder of recorders.splice(0)) {
        spans.push(...recorder.spans.filter(isMessaging))
        await recorder.shutdown()
      }
    })
    afterAll(() => {
      const { name, system } = adapter
      writeReport(
        { adapter: client ?? name, system, spans: spans.length, behaviours: results },
        checkRules(spans),
      )
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
      if (reason !== undefined) {
        results.push({ name: behaviour.name, outcome: 'skipped', reason })
        it(`${behaviour.name} (skipped: ${reason})`, (test) => test.skip(reason))
        continue
      }
      it(behaviour.name, async ({ onTestFinished, task }) => {
        onTestFinished(() => {
          results.push({ name: behaviour.name, outcome: task.result?.state === 'fail' ? 'failed' : 'passed' })
        })
        await behaviour.run(bench)
      })
    }
    for (const rule of rules) {
      it(`keeps rule ${rule.id} (${rule.level}): ${rule.text}`, () => {
        expect(
          spans.filter((span) => rule.applies(span) && !rule.holds(span)).map(({ name }) => name),
        ).toEqual([])
      })
    }
  })
}

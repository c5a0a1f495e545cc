import { MESSAGING_DESTINATION_NAME } from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, describe, expect, it, type TestContext } from 'vitest'
import { recordMetrics } from '../metric-recorder.ts'
import { recordSpans, type SpanRecorder } from '../recorder.ts'
import type { AdapterUnderTest, Skip, TestSession } from './adapter.ts'
import { needed, type Bench } from './behaviour.ts'
import { behaviours } from './behaviours/index.ts'
import { writeReport } from './report.ts'
import { checkedOnSpans, checkRules, isMessaging, rules, type BehaviourResult } from './rules/check.ts'

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
      writeReport({
        adapter: client ?? name,
        system,
        spans: spans.length,
        behaviours: results,
        rules: checkRules(system, spans, results),
      })
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
          ignore: (span) =>
            past.has(span.attributes[MESSAGING_DESTINATION_NAME]) || options?.ignore?.(span) === true,
        })
        recorders.push(recorder)
        return recorder
      },
      recordMetrics,
      open: (options) => opened(adapter.open(options)),
      openTwice: () => opened(adapter.openTwice()),
      openWrapped: () => opened(needed(adapter, 'openWrapped')()),
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
      const run = async ({ onTestFinished, task }: TestContext): Promise<void> => {
        onTestFinished(() => {
          results.push({ name: behaviour.name, outcome: task.result?.state === 'fail' ? 'failed' : 'passed' })
        })
        await behaviour.run(bench)
      }
      it(behaviour.name, run, behaviour.timeoutMs)
    }
    it('proves rules only by behaviours that exist', () => {
      const known = behaviours.map(({ name }) => name)
      const proofs = rules.flatMap((rule) => ('provedBy' in rule ? rule.provedBy : []))
      expect(proofs.filter((start) => !known.some((name) => name.startsWith(start)))).toEqual([])
    })
    it('follows every rule, or says why not', () => {
      const found = checkRules(adapter.system, spans, results)
      const open = found.filter(({ applied, silence }) => applied === 0 && silence === undefined)
      expect(open.map(({ id, text }) => `${id}: ${text}`)).toEqual([])
    })
    for (const rule of checkedOnSpans) {
      it(`keeps rule ${rule.id} (${rule.level}): ${rule.text}`, () => {
        expect(
          spans.filter((span) => rule.applies(span) && !rule.holds(span)).map(({ name }) => name),
        ).toEqual([])
      })
    }
  })
}

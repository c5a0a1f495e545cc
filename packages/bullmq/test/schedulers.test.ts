import * as names from '@flowstitch/core/semconv'
import { expect, it } from 'vitest'
import { each, idOf, linksOf, parentOf, setUp, traceOf, within } from './bench.ts'
import { headersOf } from './support.ts'

const bench = setUp()
const EVERY = 50

it('starts with every job of a scheduler a trace and a flow of its own, at the span that scheduled it', async () => {
  await within('deploy', () => bench().queue.upsertJobScheduler('report', { every: EVERY }))
  bench().worker(async () => undefined)
  const ticks = await bench().spans('process', 4)
  const deploy = await bench().recorder.waitFor(({ name }) => name === 'deploy')
  const scheduled = (await bench().spans('add', 4)).slice(0, 4)
  expect(traceOf(scheduled[0])).toBe(traceOf(deploy))
  for (const [index, tick] of ticks.entries()) {
    expect(linksOf(tick)).toEqual([idOf(scheduled[index])])
    expect(tick.attributes[names.FLOWSTITCH_FLOW_ID]).toBe(traceOf(scheduled[index]))
    expect(tick.attributes[names.FLOWSTITCH_FLOW_HOP]).toBe(1)
    expect(tick.attributes[names.FLOWSTITCH_MESSAGE_DWELL]).toBeLessThan(10_000)
  }
  expect(scheduled.map(parentOf)).toEqual([idOf(deploy), undefined, undefined, undefined])
  expect(scheduled.flatMap(linksOf)).toEqual([])
  expect(new Set(scheduled.map(traceOf)).size).toBe(4)
  expect(each(ticks, names.FLOWSTITCH_MESSAGE_COORDINATE)).toEqual(
    each(scheduled, names.FLOWSTITCH_MESSAGE_COORDINATE),
  )
  for (const coordinate of each(ticks, names.FLOWSTITCH_MESSAGE_COORDINATE)) {
    expect(coordinate).toMatch(new RegExp(`^bullmq/${bench().name}/repeat:report:\\d+$`))
  }
})

it("keeps a scheduler's template as it was given, and what its user has put beside the context", async () => {
  const telemetry = { metadata: '{"tenant":"blue"}' }
  const template = { data: { n: 1 }, opts: { attempts: 2, telemetry } }
  const job = await bench().queue.upsertJobScheduler('report', { every: EVERY }, template)
  expect(job?.opts.telemetry).toEqual(telemetry)
  const [scheduler] = await bench().queue.getJobSchedulers()
  expect(scheduler?.template?.opts).toMatchObject(template.opts)
  const seen: Record<string, string>[] = []
  bench().worker(async ({ opts }) => void seen.push(headersOf(opts)))
  await bench().spans('process', 2)
  for (const headers of seen)
    expect(headers).toMatchObject({ tenant: 'blue', traceparent: expect.any(String) })
  expect(new Set(seen.map(({ traceparent }) => traceparent)).size).toBe(seen.length)
})

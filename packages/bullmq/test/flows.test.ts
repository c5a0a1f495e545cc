import * as names from '@flowstitch/core/semconv'
import type { FlowJob } from 'bullmq'
import { expect, it } from 'vitest'
import { each, idOf, linksOf, parentOf, setUp, traceOf, within } from './bench.ts'

const bench = setUp()

/** Two children in a queue of their own, one without options, below a parent without any. */
function tree(): FlowJob {
  return {
    name: 'album',
    queueName: bench().name,
    data: {},
    children: [
      { name: 'resize', queueName: bench().other('images'), data: { n: 1 } },
      { name: 'resize', queueName: bench().other('images'), data: { n: 2 }, opts: { attempts: 2 } },
    ],
  }
}

it('keeps the context of all jobs of a flow, whether or not they have options', async () => {
  const images = bench().other('images')
  bench().worker(async () => undefined, { name: images })
  bench().worker(async () => undefined)
  const flow = Object.freeze(tree())
  const added = await within('request', () => bench().flows().add(flow))
  const request = await bench().recorder.waitFor(({ name }) => name === 'request')
  const send = await bench().recorder.waitFor(({ name }) => name.startsWith('add '))
  const creates = [await bench().span('create'), ...(await bench().spans('create', 2, images))]
  expect(parentOf(send)).toBe(idOf(request))
  expect(linksOf(send)).toEqual(creates.map(idOf))
  expect(send.attributes).not.toHaveProperty([names.MESSAGING_DESTINATION_NAME])
  const jobs = [added.job, ...added.children!.map(({ job }) => job)]
  expect(each(creates, names.MESSAGING_MESSAGE_ID)).toEqual(jobs.map(({ id }) => id))
  expect(jobs.map(({ opts }) => opts.telemetry)).toEqual([undefined, undefined, undefined])
  const handled = [await bench().span('process'), ...(await bench().spans('process', 2, images))]
  expect(new Set(handled.map(traceOf))).toEqual(new Set([traceOf(request)]))
  expect(handled.flatMap(linksOf).toSorted()).toEqual(creates.map((span) => idOf(span)!).toSorted())
  expect(sorted(each(handled, names.FLOWSTITCH_MESSAGE_COORDINATE))).toEqual(
    sorted(each(creates, names.FLOWSTITCH_MESSAGE_COORDINATE)),
  )
})

it('adds several flows in one span', async () => {
  await bench().flows().addBulk([tree(), tree()])
  const send = await bench().recorder.waitFor(({ name }) => name.startsWith('add '))
  expect(send.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(6)
  expect(send.links).toHaveLength(6)
})

it('leaves jobs of an ignored queue as they are, among others', async () => {
  const images = bench().other('images')
  const flows = bench().flows({ ignore: (queue) => queue === images })
  const { children } = await flows.add(tree())
  const send = await bench().span('add')
  expect(send.attributes[names.MESSAGING_MESSAGE_ID]).toBeDefined()
  for (const { job } of children!) expect(JSON.parse((await bench().stored(job))['opts']!).tm).toBeUndefined()
})

it('tells which job of a flow was refused', async () => {
  const parent = { id: 'none', queue: 'bull:none' }
  await expect(
    bench()
      .flows()
      .add({ ...tree(), children: [], opts: { parent } }),
  ).rejects.toThrow('Missing key')
  const span = await bench().span('add')
  expect(span.attributes[names.ERROR_TYPE]).toBe('ParentJobNotExist')
})

function sorted(values: readonly unknown[]): string[] {
  return values.map(String).toSorted()
}

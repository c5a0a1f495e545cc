import { describe, expect, test } from 'vitest'
import { auto, namesOf, officials, run, sdk } from './program.ts'

const all = ['ack auto-…', 'consume auto-…', 'publish auto-…']

test('the order of preloads does not matter', async () => {
  const { spans } = await run('amqplib.mjs', { preload: [auto, sdk] })
  expect(namesOf(spans)).toEqual(all)
})

test('NODE_OPTIONS start it, too', async () => {
  const { spans } = await run('amqplib.cjs', { preload: [sdk], env: { NODE_OPTIONS: `--import=${auto}` } })
  expect(namesOf(spans)).toEqual(all)
})

test('no client is loaded that the program does not load', async () => {
  const { transcript, stderr } = await run('idle.mjs', { preload: [auto] })
  expect(transcript).toEqual([])
  expect(stderr).toBe('')
})

test('clients are left alone that the environment names', async () => {
  const env = { FLOWSTITCH_AUTO_DISABLED: 'kafkajs, AMQPLIB' }
  const { spans, stderr } = await run('amqplib.mjs', { preload: [sdk, auto], env })
  expect(spans).toEqual([])
  expect(stderr).toBe('')
  const others = await run('ioredis.mjs', { preload: [sdk, auto], env })
  expect(namesOf(others.spans)).toEqual(['xadd auto-…', 'xread auto-…'])
})

test('options come from the environment; what is wrong there is told and ignored', async () => {
  const env = {
    FLOWSTITCH_SETTLE_SPANS: 'false',
    FLOWSTITCH_RELATION: 'child',
    FLOWSTITCH_AUTO_DISABLED: 'amqp',
  }
  const { spans, stderr } = await run('amqplib.mjs', { preload: [sdk, auto], env })
  expect(namesOf(spans)).toEqual(['consume auto-…', 'publish auto-…'])
  expect(stderr).toContain('FLOWSTITCH_RELATION=child is ignored: it takes auto, parent, link')
  expect(stderr).toContain('FLOWSTITCH_AUTO_DISABLED: amqp is ignored: it takes kafkajs, amqplib, ')
  expect(stderr.match(/FlowstitchWarning/g)).toHaveLength(2)
})

test('what a program instruments by hand is traced once', async () => {
  const byHand = await run('by-hand.mjs', { preload: [sdk] })
  expect(namesOf(byHand.spans)).toEqual([
    'add auto-…',
    'publish auto-…',
    'publish auto-…',
    'send auto-…',
    'send auto-…',
    'xadd auto-…',
  ])
  expect(
    (await run('by-hand.mjs', { preload: [sdk, auto] })).spans.map(({ name }) => name.split(' ')[0]),
  ).toEqual(byHand.spans.map(({ name }) => name.split(' ')[0]))
})

test('what a program pulls is handled by the same adapter that has traced the pull', async () => {
  const { spans, transcript } = await run('pulling.mjs', { preload: [sdk, auto] })
  expect(transcript).toEqual(['order 4711'])
  expect(namesOf(spans)).toEqual(['process auto-…', 'xadd auto-…', 'xread auto-…'])
})

describe.each([
  { order: 'before', preload: [sdk, officials, auto] },
  { order: 'behind', preload: [sdk, auto, officials] },
])('OpenTelemetry’s own instrumentations, that start $order ours', ({ preload }) => {
  test.each(['kafkajs.cjs', 'amqplib.cjs', 'client-sqs.cjs'])('have what they trace: %s', async (program) => {
    const alone = await run(program, { preload: [sdk, officials] })
    const { spans, transcript } = await run(program, { preload })
    expect(transcript).toEqual(alone.transcript)
    expect(spans.length).toBeGreaterThan(1)
    expect(namesOf(spans)).toEqual(namesOf(alone.spans))
  })
})

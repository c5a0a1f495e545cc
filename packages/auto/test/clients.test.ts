import { describe, expect, test } from 'vitest'
import { auto, namesOf, run, sdk } from './program.ts'

const expected: Record<string, readonly string[]> = {
  kafkajs: ['commit auto-…', 'process auto-…', 'send auto-…'],
  amqplib: ['ack auto-…', 'consume auto-…', 'publish auto-…'],
  'client-sqs': ['receive auto-…', 'send auto-…'],
  'nats-io': ['process auto-…', 'publish AUTO-…', 'publish auto-…'],
  ioredis: ['xadd auto-…', 'xread auto-…'],
  'amqplib-callback': ['ack auto-…', 'consume auto-…', 'publish auto-…'],
  'amqp-connection-manager': ['ack', 'consume', 'publish'],
  bullmq: ['add auto-…', 'complete auto-…', 'process auto-…'],
}

describe.each(Object.keys(expected))('%s', (client) => {
  test.each(['mjs', 'cjs'])(
    'is traced in a program that knows nothing of it, and sees nothing: %s',
    async (kind) => {
      const program = `${client}.${kind}`
      const bare = await run(program, { preload: [sdk] })
      expect(bare.transcript.length).toBeGreaterThan(4)
      expect(bare.spans).toEqual([])
      const withAuto = await run(program, { preload: [sdk, auto] })
      expect(withAuto.transcript).toEqual(bare.transcript)
      expect(namesOf(withAuto.spans)).toEqual(expected[client])
      expect(withAuto.stderr).toBe(bare.stderr)
    },
  )

  test('sees nothing without an SDK, too', async () => {
    const bare = await run(`${client}.mjs`, { preload: [] })
    expect(await run(`${client}.mjs`, { preload: [auto] })).toEqual(bare)
  })
})

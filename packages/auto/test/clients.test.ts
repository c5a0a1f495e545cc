import { describe, expect, test } from 'vitest'
import { auto, run, sdk, type ProgramSpan } from './program.ts'

/** Span names, without what is made up for the run. */
function namesOf(spans: readonly ProgramSpan[]): string[] {
  return spans.map(({ name }) => name.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '…')).toSorted()
}

const expected: Record<string, readonly string[]> = {
  kafkajs: ['commit auto-…', 'process auto-…', 'send auto-…'],
  amqplib: ['ack auto-…', 'consume auto-…', 'publish auto-…'],
}

describe.each(Object.keys(expected))('%s', (client) => {
  test.each(['mjs', 'cjs'])(
    'is traced in a program that knows nothing of it, and sees nothing: %s',
    async (kind) => {
      const program = `${client}.${kind}`
      const bare = await run(program, { preload: [sdk] })
      expect(bare.transcript.length).toBeGreaterThan(5)
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

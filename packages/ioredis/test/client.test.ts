import type { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { setUp } from './bench.ts'

const bench = setUp()

describe('the client', () => {
  it('traces what its duplicates do', async () => {
    const duplicate = bench().redis.duplicate()
    bench().add(duplicate)
    await duplicate.xadd(bench().stream, '*', 'a', 'b')
    await bench().recorder.waitFor(bench().named('xadd'))
    expect(bench().recorder.spans).toHaveLength(1)
  })

  it('fails a command without a name as it does without us', async () => {
    const failure = async (of: Redis): Promise<unknown> => {
      try {
        return await (of.call as () => unknown)()
      } catch (error) {
        return error
      }
    }
    expect(await failure(bench().redis)).toEqual(await failure(bench().bare))
  })

  it('is left alone but for streams', async () => {
    await bench().redis.set(bench().stream, 'x')
    await bench().redis.publish(bench().stream, 'x')
    await bench().redis.lpush(`${bench().stream}-list`, 'x')
    await bench().redis.del(bench().stream, `${bench().stream}-list`)
    await bench().redis.xlen(bench().stream)
    expect(bench().recorder.spans).toHaveLength(0)
  })

  it('ends the spans of commands that a lost connection fails', async () => {
    const lost = bench().traced()
    await lost.ping()
    const reading = lost.xread('BLOCK', 0, 'STREAMS', bench().stream, '$')
    lost.disconnect()
    await expect(reading).rejects.toThrow('Connection is closed.')
    await expect(lost.xadd(bench().stream, '*', 'a', 'b')).rejects.toThrow('Connection is closed.')
    await bench().recorder.waitFor(bench().named('xadd'))
    await bench().recorder.waitFor(bench().named('xread'))
    expect(bench().recorder.open).toBe(0)
  })

  it('sends once what it had to queue until it was connected', async () => {
    const lazy = bench().traced({}, { lazyConnect: true })
    await Promise.all([lazy.xadd(bench().stream, '*', 'a', '1'), lazy.xadd(bench().stream, '*', 'a', '2')])
    const entries = await bench().stored()
    expect(entries.map((entry) => Object.keys(entry))).toEqual([
      ['a', 'traceparent', 'tracestate'],
      ['a', 'traceparent', 'tracestate'],
    ])
    expect(bench().recorder.spans).toHaveLength(2)
  })
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { instrumentKafka } from '../src/index.ts'

/** What kafkajs logs in a process that makes producers of two clients. */
async function logged(wrap: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const script = `
    import { Kafka, Partitioners } from 'kafkajs'
    import { instrumentKafka } from '@flowstitch/kafkajs'
    const lines = []
    const logCreator = () => ({ namespace, level, log }) => lines.push([namespace, level, log.message].join(' '))
    const make = () => ${wrap}(new Kafka({ brokers: ['127.0.0.1:9'], logCreator }))
    make().producer({ createPartitioner: Partitioners.LegacyPartitioner })
    lines.push('by default')
    make().producer()
    make().producer({ idempotent: true, retry: { retries: 3 } })
    console.log(JSON.stringify(lines))`
  const flags = ['--conditions=@flowstitch/source', '--no-warnings', '--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags, {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout) as string[]
}

describe('a producer that is given no partitioner', () => {
  it('has kafkajs say the same as without instrumentation, once', async () => {
    const bare = await logged('')
    expect(bare.join('\n')).toMatch(/by default\n.*switched default partitioner.*\n.*Limiting retries/)
    expect(await logged('instrumentKafka')).toEqual(bare)
  })

  it('has it say nothing where its user has silenced it', async () => {
    const env = { KAFKAJS_NO_PARTITIONER_WARNING: '1' }
    const bare = await logged('', env)
    expect(bare).toHaveLength(2)
    expect(await logged('instrumentKafka', env)).toEqual(bare)
  })

  it.each([null, { createPartitioner: null }, { createPartitioner: 'none' }])(
    'is refused with %j as without instrumentation',
    (config) => {
      const connect = (): Kafka => new Kafka({ brokers: ['127.0.0.1:9'], logLevel: logLevel.NOTHING })
      const errorOf = (kafka: Kafka): unknown => {
        try {
          return kafka.producer(config as never)
        } catch (error) {
          return error
        }
      }
      const refusal = errorOf(connect())
      expect(refusal).toBeInstanceOf(TypeError)
      expect(errorOf(instrumentKafka(connect()))).toEqual(refusal)
    },
  )
})

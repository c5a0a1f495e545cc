import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { diag, DiagLogLevel, metrics } from '@opentelemetry/api'
import { instrumentAmqp } from '@flowstitch/amqplib'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { recordSpans } from '@flowstitch/testing'
import { MeterProvider, MetricReader, type MetricData } from '@opentelemetry/sdk-metrics'
import { connect, type ConfirmChannel } from 'amqplib'
import { expect, onTestFinished, test } from 'vitest'

const DESTINATIONS = 10_000

class Reader extends MetricReader {
  async read(): Promise<MetricData[]> {
    const { resourceMetrics } = await this.collect()
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  }

  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

/** Bytes that live on after garbage has been collected. */
function retained(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

test('ten thousand destinations make a bounded number of series, lose no count and no message, and leave nothing behind', async () => {
  const recorder = recordSpans({ ignore: () => true })
  const reader = new Reader()
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const warnings: string[] = []
  diag.setLogger(
    { error() {}, warn: (text) => warnings.push(text), info() {}, debug() {}, verbose() {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  const connection = instrumentAmqp(await connect(brokersFromEnvironment().amqp))
  onTestFinished(async () => {
    await connection.close()
    diag.disable()
    await recorder.shutdown()
  })
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  const { exchange } = await channel.assertExchange(`wide-${Date.now()}`, 'topic', { autoDelete: true })
  await channel.bindQueue(queue, exchange, '#')
  let handled = 0
  await channel.consume(queue, (message) => {
    if (!message) return
    channel.ack(message)
    handled++
  })
  const publishAll = async (prefix: string): Promise<void> => {
    const expected = handled + DESTINATIONS
    await publishEach(channel, exchange, prefix)
    await expect.poll(() => handled).toBe(expected)
  }

  await publishAll('first')
  const before = retained()
  for (const prefix of ['second', 'third', 'fourth']) await publishAll(prefix)
  // 30,000 more names of 50 bytes or more would be 1.5 MB at the least, and their spans a hundred times that.
  expect(retained() - before).toBeLessThan(1_000_000)
  expect(recorder.open).toBe(0)

  const data = await reader.read()
  for (const metric of ['messaging.client.sent.messages', 'messaging.client.consumed.messages']) {
    const points = data.find(({ descriptor }) => descriptor.name === metric)?.dataPoints ?? []
    expect(points.length).toBeGreaterThan(100)
    expect(points.length).toBeLessThanOrEqual(1001)
    expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(4 * DESTINATIONS)
  }
  expect(warnings).toEqual([expect.stringContaining('1000 destinations')])
}, 120_000)

async function publishEach(channel: ConfirmChannel, exchange: string, prefix: string): Promise<void> {
  const body = Buffer.from('x')
  for (let n = 0; n < DESTINATIONS; n++) {
    channel.publish(exchange, `${prefix}.a-routing-key-of-some-length.${n}`, body)
    if (n % 1000 === 0) await channel.waitForConfirms()
  }
  await channel.waitForConfirms()
}

import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { startBrokers } from '@flowstitch/brokers'
import type { Flow } from '@flowstitch/correlator'
import { createClient, renderFlow, startServer, type Client } from 'flowstitch'

const orders = 3
const longestWait = 60_000
const lookEvery = 200

/** Answers the flows of all orders, once each has had its receipt. */
async function demo(): Promise<readonly Flow[]> {
  await using cleanup = new AsyncDisposableStack()
  const brokers = await startBrokers({ only: ['sqs'], log: (line) => console.log(line) })
  cleanup.defer(() => brokers.stop())
  const server = await startServer({ memory: true, otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 })
  cleanup.defer(() => server.close())
  Object.assign(process.env, {
    FLOWSTITCH_SQS: brokers.addresses.sqs,
    SERVERLESS_PREFIX: `demo-${randomBytes(4).toString('hex')}-`,
    OTEL_EXPORTER_OTLP_ENDPOINT: server.otlpHttp,
  })
  const { queues, sqsConfig, urlOf } = await import('./config.ts')
  const sqs = new SQSClient(sqsConfig)
  for (const queue of Object.values(queues)) {
    // A message that failed comes again after three seconds.
    const Attributes = { VisibilityTimeout: '3' }
    await sqs.send(new CreateQueueCommand({ QueueName: queue, Attributes }))
    cleanup.defer(async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf(queue) }))))
  }
  console.log('The shop takes three orders; then its functions are called.')
  await once(start('shop', 'shop.ts'), 'exit')
  const functions = [
    start('charge', 'lambda.ts', 'charge', queues.orders),
    start('receipt', 'lambda.ts', 'receipt', queues.receipts),
  ]
  cleanup.defer(() => stop(functions))
  return await delivered(createClient(server.viewer))
}

/** Each in a process of its own, as everywhere else. */
function start(service: string, file: string, ...args: string[]): ChildProcess {
  const execArgv = [...process.execArgv, '--import', new URL('telemetry.ts', import.meta.url).href]
  const env = { ...process.env, OTEL_SERVICE_NAME: service }
  return fork(new URL(file, import.meta.url), args, { execArgv, env })
}

async function stop(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

async function delivered(client: Client): Promise<readonly Flow[]> {
  const deadline = Date.now() + longestWait
  while (Date.now() < deadline) {
    const { flows } = await client.flows()
    const done = flows.filter(({ services }) => services.includes('receipt'))
    if (done.length === orders) {
      const whole = await Promise.all(done.map(({ id }) => client.flow(id)))
      return whole.filter((flow) => flow !== undefined)
    }
    await delay(lookEvery)
  }
  throw new Error(`Not every order had its receipt within ${longestWait / 1000} seconds.`)
}

try {
  const flows = await demo()
  const retried = flows.filter(({ errorCount }) => errorCount > 0)
  console.log(`\n${flows.length} flows, ${retried.length} of them with a payment that failed at first:\n`)
  for (const flow of retried) console.log(renderFlow(flow, { color: false, width: 120 }))
  process.exit(0)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

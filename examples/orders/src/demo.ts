import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { createClient, startServer, type Client } from 'flowstitch'
import { follow, outcomeOf, type Outcome } from './demo/follow.ts'
import { Screen } from './demo/screen.ts'
import { allServices, Story } from './demo/story.ts'
import { strangersIn, summaryOf } from './demo/summary.ts'

const pace = 1_000
const treeEvery = 10
const longestStop = 10_000
const items = ['tea', 'teapot', 'cups', 'honey', 'biscuits'] as const

const screen = new Screen()

interface Stage {
  readonly story: Story
  readonly client: Client
  readonly signal: AbortSignal
}

async function demo(once: boolean, signal: AbortSignal): Promise<boolean> {
  await using cleanup = new AsyncDisposableStack()
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
  interrupted.catch(() => {})
  const unlessInterrupted = <T>(work: Promise<T>): Promise<T> => Promise.race([work, interrupted])

  const brokers = await unlessInterrupted(startBrokers({ log: (line) => screen.status(line) }))
  cleanup.defer(() => brokers.stop())
  const server = await startServer({ memory: true, otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 })
  cleanup.defer(() => server.close())

  const prefix = prefixOn(brokers)
  const story = new Story({ env: environment(brokers, prefix, server.otlpHttp) })
  screen.status('Starting seven services …')
  await unlessInterrupted(story.infrastructure('create'))
  if (prefix !== '') cleanup.defer(() => story.infrastructure('remove'))
  cleanup.defer(() => story.stop(...allServices))
  await unlessInterrupted(story.start(...allServices))

  screen.greeting(server.viewer, !once)
  const stage = { story, client: createClient(server.viewer), signal }
  const orders = once ? tenOrders(stage) : ordersForever(stage)
  return await Promise.race([orders, story.broken, interrupted])
}

/** Brokers that the environment gives may have others at work on them. */
function prefixOn({ addresses, started }: Brokers): string {
  const own = Object.keys(started).length === Object.keys(addresses).length
  return own ? '' : `demo-${randomBytes(4).toString('hex')}-`
}

function environment({ addresses }: Brokers, prefix: string, otlpEndpoint: string): NodeJS.ProcessEnv {
  return {
    FLOWSTITCH_KAFKA: addresses.kafka,
    FLOWSTITCH_AMQP: addresses.amqp,
    FLOWSTITCH_SQS: addresses.sqs,
    FLOWSTITCH_NATS: addresses.nats,
    FLOWSTITCH_REDIS: addresses.redis,
    ORDERS_PREFIX: prefix,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
    // Spans leave their services sooner than by default, so that flows can be watched.
    OTEL_BSP_SCHEDULE_DELAY: '250',
  }
}

async function tenOrders(stage: Stage): Promise<boolean> {
  const { story, client } = stage
  const orders: number[] = []
  while (orders.length < 10) orders.push(await placeOrder(story))
  await Promise.all(orders.map((order) => followed(order, stage)))
  // Their last spans leave the services when they stop.
  await story.stop(...allServices)
  const final = await Promise.all(orders.map((order) => outcomeOf(order, story.ledger, client)))
  const flows = final.flatMap(({ flow }) => flow ?? [])
  if (flows[0]) screen.flow(flows[0])
  const wrong = [
    ...strangersIn(flows),
    ...final.flatMap(({ order, problems }) => problems.map((problem) => `order ${order}: ${problem}`)),
  ]
  screen.summary(summaryOf(flows), wrong)
  return wrong.length === 0
}

async function ordersForever(stage: Stage): Promise<never> {
  const failed = Promise.withResolvers<never>()
  for (;;) {
    show(await placeOrder(stage.story), stage).catch(failed.reject)
    await Promise.race([delay(pace), failed.promise])
  }
}

async function show(order: number, stage: Stage): Promise<void> {
  const { flow } = await followed(order, stage)
  if (flow && order % treeEvery === 1) screen.flow(flow)
  stage.story.ledger.forget(order)
}

function placeOrder(story: Story): Promise<number> {
  return story.order(items[Math.floor(Math.random() * items.length)]!, 1 + Math.floor(Math.random() * 90))
}

async function followed(order: number, { story, client, signal }: Stage): Promise<Outcome> {
  const outcome = await follow(order, story.ledger, client, signal)
  screen.outcome(outcome)
  return outcome
}

function options(): { once: boolean } {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } })
  return values
}

/** Ctrl-C, or the end of what has started the demo. It may come twice, from the terminal and from npm. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort(new Interrupted(signal))
      // What is still being started ends with this process.
      setTimeout(() => process.exit(1), longestStop).unref()
    })
  }
  return controller.signal
}

class Interrupted extends Error {}

async function main(): Promise<number> {
  let once = false
  try {
    once = options().once
    return (await demo(once, stopSignal())) ? 0 : 1
  } catch (error) {
    if (error instanceof Interrupted) return once ? 1 : 0
    screen.line(error instanceof Error ? error.message : String(error))
    return 1
  }
}

// Brokers that were about to start when Ctrl-C came go with this process, which they would keep otherwise.
process.exit(await main())

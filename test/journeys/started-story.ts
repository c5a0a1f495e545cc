import { randomUUID } from 'node:crypto'
import { follow, type Outcome } from '@flowstitch/example-orders/demo/follow'
import { allServices, Story, type StorySettings } from '@flowstitch/example-orders/demo/story'
import { createClient, startServer, type Client } from 'flowstitch'
import { onTestFinished } from 'vitest'

export interface StartedStory {
  readonly story: Story
  readonly client: Client
  /** What the names of the story's queues begin with. */
  readonly prefix: string
  /** What came of orders: their flows, and what is wrong with them. */
  outcomes(orders: readonly number[]): Promise<Outcome[]>
}

/** A server and the story's queues on the brokers of the run, under names of their own, until the test is done. */
export async function startedStory(settings: Partial<StorySettings> = {}): Promise<StartedStory> {
  const server = await startServer({ memory: true, otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 })
  onTestFinished(() => server.close())
  const prefix = `journey-${randomUUID()}-`
  const story = new Story({
    ...settings,
    env: {
      ORDERS_PREFIX: prefix,
      OTEL_EXPORTER_OTLP_ENDPOINT: server.otlpHttp,
      OTEL_BSP_SCHEDULE_DELAY: '250',
      ...settings.env,
    },
  })
  await story.infrastructure('create')
  onTestFinished(async () => {
    await story.stop(...allServices)
    await story.infrastructure('remove')
  })
  const client = createClient(server.viewer)
  return {
    story,
    client,
    prefix,
    outcomes: (orders) => {
      const { signal } = new AbortController()
      const following = Promise.all(orders.map((order) => follow(order, story.ledger, client, signal)))
      return Promise.race([following, story.broken])
    },
  }
}

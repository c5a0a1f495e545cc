import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, ITopicConfig } from 'kafkajs'

const PATIENCE_MS = 20_000
const PAUSE_MS = 20

/**
 * Makes topics of Kafka, and waits until all of their partitions can be read. kafkajs's `waitForLeaders` is not
 * enough: a busy broker does not know a topic yet that it has just made, which ends the wait with an error, and
 * names a leader before that hosts the partition, which has messages sent twice.
 */
export async function createTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics: [...topics] })
  const until = Date.now() + PATIENCE_MS
  for (const { topic } of topics) await served(admin, topic, until)
}

async function served(admin: Admin, topic: string, until: number): Promise<void> {
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic)
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await delay(PAUSE_MS)
    }
  }
}

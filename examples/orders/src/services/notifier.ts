import { instrumentRedis } from '@flowstitch/ioredis'
import { instrumentNats, processNats } from '@flowstitch/nats'
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import { brokers, names } from '../config.ts'
import { log } from '../log.ts'
import { parseOrder } from '../order.ts'

const redis = instrumentRedis(new Redis(brokers.redis))
const nats = instrumentNats(jetstream(await connect({ servers: brokers.nats })))
const consumer = await nats.consumers.get(names.notifications, 'notifier')
const messages = await consumer.consume()
log('ready')

for await (const message of messages) {
  await processNats(message, async () => {
    const order = parseOrder(message.data)
    await redis.xadd(names.audit, '*', 'order', JSON.stringify(order))
    log('sent', { order: order.number, queue: names.audit })
    log('handled', { order: order.number, queue: names.notifications, attempt: 1 })
    message.ack()
  })
}

import { instrumentAmqp } from '@flowstitch/amqplib'
import { connect } from 'amqplib'
import { brokers, names } from '../config.ts'
import { log } from '../log.ts'
import { parseOrder } from '../order.ts'

const connection = instrumentAmqp(await connect(brokers.amqp))
const channel = await connection.createChannel()

await channel.consume(names.deadPayments, (message) => {
  if (!message) return
  const order = parseOrder(message.content)
  log('handled', { order: order.number, queue: names.deadPayments, attempt: 1 })
  channel.ack(message)
})
log('ready')

// The story's worker, as somebody writes it who has never heard of Flowstitch.
import { brokers, names } from '@flowstitch/example-orders/config'
import { log } from '@flowstitch/example-orders/log'
import { parseOrder } from '@flowstitch/example-orders/order'
import { connect } from 'amqplib'
import { Kafka } from 'kafkajs'

const connection = await connect(brokers.amqp)
const channel = await connection.createConfirmChannel()

const kafka = new Kafka({ clientId: 'worker', brokers: [brokers.kafka] })
const consumer = kafka.consumer({ groupId: `${names.orders}-worker` })
await consumer.connect()
await consumer.subscribe({ topic: names.orders, fromBeginning: true })
await consumer.run({
  async eachMessage({ message: { value } }) {
    const order = parseOrder(value!)
    channel.sendToQueue(names.payments, value!, { persistent: true })
    await channel.waitForConfirms()
    log('sent', { order: order.number, queue: names.payments })
    log('handled', { order: order.number, queue: names.orders, attempt: 1 })
  },
})
log('ready')

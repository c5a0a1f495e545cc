import { instrumentAmqp } from '@flowstitch/amqplib'
import { instrumentKafka } from '@flowstitch/kafkajs'
import { connect } from 'amqplib'
import { Kafka } from 'kafkajs'
import { brokers, names } from '../config.ts'
import { log } from '../log.ts'
import { parseOrder } from '../order.ts'

const connection = instrumentAmqp(await connect(brokers.amqp))
const channel = await connection.createConfirmChannel()

const kafka = instrumentKafka(new Kafka({ clientId: 'worker', brokers: [brokers.kafka] }))
const consumer = kafka.consumer({ groupId: `${names.orders}-worker` })
await consumer.connect()
await consumer.subscribe({ topic: names.orders, fromBeginning: true })
await consumer.run({
  async eachMessage({ message }) {
    const order = parseOrder(message.value!)
    channel.sendToQueue(names.payments, message.value!, { persistent: true })
    await channel.waitForConfirms()
    log('sent', { order: order.number, queue: names.payments })
    log('handled', { order: order.number, queue: names.orders, attempt: 1 })
  },
})
log('ready')

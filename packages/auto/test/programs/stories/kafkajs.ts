import { randomUUID } from 'node:crypto'
import type * as kafkajs from 'kafkajs'
import { Transcript } from './transcript.ts'

/** One message through Kafka, with the module as the program has loaded it, in one or more ways. */
export async function tell(...loaded: readonly (typeof kafkajs)[]): Promise<void> {
  const transcript = new Transcript()
  const [{ Kafka, logLevel }] = loaded as [typeof kafkajs]
  for (const each of loaded) transcript.note('the module', [Object.keys(each), each.Kafka === Kafka])
  transcript.noteFunction('Kafka', Kafka)

  class Wordy extends Kafka {
    readonly word = 'yes'
    override producer(config?: kafkajs.ProducerConfig): kafkajs.Producer {
      transcript.note('a producer is made', this.word)
      return super.producer(config)
    }
  }
  const brokers = [process.env['FLOWSTITCH_KAFKA']!]
  const kafka = new Wordy({ brokers, logLevel: logLevel.NOTHING })
  transcript.noteInstance('Wordy', kafka, Wordy)
  const bare = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  transcript.noteInstance('Kafka', bare, Kafka)
  transcript.note('a Wordy is a Kafka', [kafka instanceof Kafka, bare instanceof Wordy])
  await transcript.noteFailure('Kafka without new', () => Reflect.apply(Kafka, undefined, [{ brokers }]))
  await transcript.noteFailure('Kafka without brokers', () => new Kafka({} as kafkajs.KafkaConfig).producer())

  await exchange(kafka, transcript)
  transcript.print()
}

async function exchange(kafka: kafkajs.Kafka, transcript: Transcript): Promise<void> {
  const topic = `auto-${randomUUID()}`
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: true })
  await admin.disconnect()

  const producer = kafka.producer()
  await producer.connect()
  const [sent] = await producer.send({ topic, messages: [{ key: 'k', value: 'hello' }] })
  transcript.note('sent', [sent!.partition, sent!.baseOffset])
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: topic })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const received = await new Promise<string>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => resolve([message.key, message.value, message.offset].join(' ')),
      })
      .catch(reject)
  })
  transcript.note('received', received)
  await consumer.disconnect()
}

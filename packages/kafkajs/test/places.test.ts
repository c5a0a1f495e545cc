import * as names from '@flowstitch/core/semconv'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import {
  logLevel,
  Partitioners,
  type KafkaMessage,
  type Message,
  type Producer,
  type ProducerConfig,
} from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { instrumentKafka, type KafkaOptions } from '../src/index.ts'
import { clients, deferred, isCreate, isSend, setUp, type Setup } from './support.ts'

const { DefaultPartitioner } = Partitioners
const never: KafkaOptions = { createSpans: 'never' }

/** Sends, reads all of it back, and answers who lies where. */
async function sendAndRead(
  { bench }: Setup,
  messages: Message[],
  config: ProducerConfig = {},
  options: KafkaOptions = never,
): Promise<Map<string, string>> {
  const topic = `${bench.topic}-parted`
  await bench.createTopic(topic, 4)
  const producer = await bench.producer(bench.traced(options), config)
  await producer.send({ topic, messages })
  const places = new Map<string, string>()
  const all = deferred()
  const note = (partition: number, { value, offset }: KafkaMessage): void => {
    places.set(String(value), `kafka/${topic}/${partition}/${offset}`)
    if (places.size === messages.length) all.resolve()
  }
  await bench.run(
    bench.connect(),
    { eachMessage: async ({ partition, message }) => note(partition, message) },
    { topics: [topic] },
  )
  await all.promise
  return places
}

/** The places that the only send span tells, one by one. */
function toldPlaces({ recorder }: Setup): string[] {
  const told = (recorder.spans.find(isSend)?.attributes[names.FLOWSTITCH_MESSAGE_COORDINATES] ??
    []) as string[]
  return told.flatMap((range) => {
    const [, log, start, count] = /^(.+)\/(\d+)\+(\d+)$/.exec(range) ?? []
    return Array.from({ length: Number(count) }, (_, index) => `${log}/${Number(start) + index}`)
  })
}

const numbered = (count: number, more: (index: number) => Partial<Message> = () => ({})): Message[] =>
  Array.from({ length: count }, (_, index) => ({ value: `m${index}`, ...more(index) }))

describe.each(clients)('the places of messages that share a span, with %s,', (_, Client) => {
  const setup = setUp(Client)

  it('are those where a reader finds them, by key and by turn', async () => {
    const messages = numbered(500, (index) => (index % 3 ? { key: `k${index % 17}` } : {}))
    const places = await sendAndRead(setup, messages, { createPartitioner: DefaultPartitioner }, {})
    expect(toldPlaces(setup).toSorted()).toEqual([...places.values()].toSorted())
    expect(setup.recorder.spans.filter(isSend)).toHaveLength(1)
  })

  it('are known without a partitioner of your own where every message names its partition', async () => {
    const places = await sendAndRead(
      setup,
      numbered(120, (index) => ({ partition: index % 3 })),
    )
    expect(toldPlaces(setup).toSorted()).toEqual([...places.values()].toSorted())
  })

  it('are known where kafkajs has chosen the partitions by its default', async () => {
    const messages = numbered(500, (index) => (index % 3 ? { key: `k${index % 17}` } : {}))
    const places = await sendAndRead(setup, messages)
    expect(toldPlaces(setup).toSorted()).toEqual([...places.values()].toSorted())
  })

  it('are not guessed where a producer was made before it was instrumented', async () => {
    const { bench } = setup
    await bench.createTopic(`${bench.topic}-parted`, 4)
    const producer = instrumentKafka(await bench.producer(bench.connect()), never)
    await producer.send({ topic: `${bench.topic}-parted`, messages: numbered(120) })
    expect(toldPlaces(setup)).toEqual([])
  })

  it('are those that a client of your own making has chosen, whatever its default', async () => {
    const { bench } = setup
    class Mine extends Client {
      override producer(config?: ProducerConfig): Producer {
        return super.producer({ createPartitioner: () => () => 3, ...config })
      }
    }
    const topic = `${bench.topic}-parted`
    await bench.createTopic(topic, 4)
    const kafka = new Mine({ brokers: [brokersFromEnvironment().kafka], logLevel: logLevel.NOTHING })
    const producer = await bench.producer(instrumentKafka(kafka, never))
    await producer.send({ topic, messages: numbered(120) })
    expect(toldPlaces(setup)).toEqual(numbered(120).map((_, index) => `kafka/${topic}/3/${index}`))
  })

  it('are those of create spans, too', async () => {
    const messages = numbered(20, (index) => ({ key: `k${index}` }))
    const places = await sendAndRead(setup, messages, { createPartitioner: DefaultPartitioner }, {})
    const told = setup.recorder.spans
      .filter(isCreate)
      .map(({ attributes: all }) =>
        [
          'kafka',
          all[names.MESSAGING_DESTINATION_NAME],
          all[names.MESSAGING_DESTINATION_PARTITION_ID],
          all[names.KAFKA_OFFSET],
        ].join('/'),
      )
    expect(told).toEqual(messages.map(({ value }) => places.get(String(value))))
  })

  it('are told for each topic of a call, also where it comes twice', async () => {
    const { bench } = setup
    const other = `${bench.topic}-other`
    await bench.createTopic(other, 2)
    const producer = await bench.producer(bench.traced(never), { createPartitioner: DefaultPartitioner })
    await producer.sendBatch({
      topicMessages: [
        { topic: bench.topic, messages: numbered(3) },
        { topic: other, messages: numbered(4, (index) => ({ partition: index % 2 })) },
        { topic: bench.topic, messages: numbered(2) },
      ],
    })
    const told = toldPlaces(setup)
    expect(told.toSorted()).toEqual(
      [
        ...[0, 1, 2, 3, 4].map((offset) => `kafka/${bench.topic}/0/${offset}`),
        ...[0, 1].flatMap((partition) => [0, 1].map((offset) => `kafka/${other}/${partition}/${offset}`)),
      ].toSorted(),
    )
  })

  it('leave the partitioner as it is: what it is given, what it answers, what it throws', async () => {
    const { bench } = setup
    const seen: unknown[][] = []
    const producer = await bench.producer(bench.traced(never), {
      createPartitioner: (...none: unknown[]) => {
        seen.push(none)
        return ({ topic, message, partitionMetadata }) => {
          seen.push([topic, message.value, partitionMetadata.length])
          if (message.value === 'bad') throw new Error('no partition for this one')
          return 0
        }
      },
    })
    await producer.send({ topic: bench.topic, messages: numbered(2) })
    expect(seen).toEqual([[], [bench.topic, 'm0', 1], [bench.topic, 'm1', 1]])
    const refused = producer.send({ topic: bench.topic, messages: [{ value: 'ok' }, { value: 'bad' }] })
    await expect(refused).rejects.toThrow('no partition for this one')
  })
})

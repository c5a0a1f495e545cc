import type { Message, PartitionerArgs, RecordMetadata } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { Partitioning } from '../src/partitioning.ts'
import { outcomeOf } from '../src/places.ts'

const answer = (partition: number, baseOffset: string, topicName = 'orders'): RecordMetadata => ({
  topicName,
  partition,
  baseOffset,
  errorCode: 0,
})

function messages(...partitions: number[]): Message[] {
  return partitions.map((partition) => ({ value: null, partition }))
}

/** What is known of where these messages of one topic lie. */
function places(
  sent: readonly Message[],
  answers: readonly RecordMetadata[],
  partitioning?: Partitioning,
): unknown {
  const { coordinates, facts } = outcomeOf([{ topic: 'orders', messages: [...sent] }], answers, partitioning)
  const ranges = coordinates?.().map(({ log, start, count }) => `${log}/${start}+${count}`)
  return [ranges, sent.map((_, index) => facts?.(index)?.offset)]
}

/** Sends these once for each list of choices, as kafkajs does when it tries again. */
function chosen(sent: readonly Message[], ...choices: number[][]): Partitioning {
  const partitioning = new Partitioning()
  let turn: number[] = []
  const partitioner = partitioning.listenTo(() => () => turn.shift() ?? 0)()
  partitioning.watch(sent)
  for (const choice of choices) {
    turn = [...choice]
    for (const message of sent) partitioner({ topic: 'orders', message } as PartitionerArgs)
  }
  return partitioning
}

describe('where messages lie', () => {
  it('follows from the partition of each and the first offset in it', () => {
    expect(places(messages(0, 1, 0, 0), [answer(0, '7'), answer(1, '100')])).toEqual([
      ['kafka/orders/0/7+3', 'kafka/orders/1/100+1'],
      [7, 100, 8, 9],
    ])
  })

  it.each<[string, Message[], RecordMetadata[]]>([
    ['a partition is answered that nothing went to', messages(0, 0), [answer(0, '7'), answer(1, '9')]],
    ['nothing is answered for a partition', messages(0, 1), [answer(0, '7'), answer(2, '9')]],
    ['a partition is answered twice', messages(0, 1), [answer(0, '7'), answer(1, '9'), answer(1, '10')]],
    ['the broker does not know the offset', messages(0, 0), [answer(0, '-1')]],
    ['a message names no partition', [{ value: null }, ...messages(1)], [answer(0, '7'), answer(1, '9')]],
    ['nothing is answered at all', messages(0, 0), []],
  ])('is not known where %s', (_, sent, answers) => {
    expect(places(sent, answers)).toEqual([[], [undefined, undefined]])
  })

  it('of one topic says nothing about another', () => {
    const topics = [
      { topic: 'orders', messages: messages(0, 0) },
      { topic: 'mails', messages: [{ value: null }, { value: null }] },
    ]
    const answers = [answer(0, '7'), answer(0, '1', 'mails'), answer(1, '2', 'mails')]
    expect(outcomeOf(topics, answers, undefined).coordinates?.()).toEqual([
      { log: 'kafka/orders/0', start: 7, count: 2 },
    ])
  })
})

describe('a partitioner that is listened to', () => {
  const sent = [{ value: 'a' }, { value: 'b' }]
  const answers = [answer(0, '7'), answer(1, '9')]

  it('tells who went where, also when it is asked again and says the same', () => {
    const known = [
      ['kafka/orders/0/7+1', 'kafka/orders/1/9+1'],
      [7, 9],
    ]
    expect(places(sent, answers, chosen(sent, [0, 1]))).toEqual(known)
    expect(places(sent, answers, chosen(sent, [0, 1], [0, 1]))).toEqual(known)
  })

  it('tells nothing where a retry has moved a message', () => {
    expect(places(sent, answers, chosen(sent, [0, 1], [1, 0]))).toEqual([[], [undefined, undefined]])
  })

  it('tells nothing of an object that is sent twice', () => {
    const twice = [sent[0]!, sent[0]!]
    expect(places(twice, answers, chosen(twice, [0, 1]))).toEqual([[], [undefined, undefined]])
  })

  it('that is none is left to kafkajs', () => {
    const none = (() => undefined) as never
    expect(new Partitioning().listenTo(none)()).toBeUndefined()
  })
})

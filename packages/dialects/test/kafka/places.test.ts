import { outcomeOf, type OutgoingRecord, type PartitionAnswer } from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

const answer = (partition: number, baseOffset: string, topicName = 'orders'): PartitionAnswer => ({
  topicName,
  partition,
  baseOffset,
})

function records(...partitions: number[]): OutgoingRecord[] {
  return partitions.map((partition) => ({ value: null, partition }))
}

/** What is known of where these records of one topic lie. */
function places(sent: readonly OutgoingRecord[], answers: readonly PartitionAnswer[]): unknown {
  const { coordinates, facts } = outcomeOf([{ topic: 'orders', messages: sent }], answers)
  const ranges = coordinates?.().map(({ log, start, count }) => `${log}/${start}+${count}`)
  return [ranges, sent.map((_, index) => facts?.(index)?.offset)]
}

describe('where records lie', () => {
  it('follows from the partition of each and the first offset in it', () => {
    expect(places(records(0, 1, 0, 0), [answer(0, '7'), answer(1, '100')])).toEqual([
      ['kafka/orders/0/7+3', 'kafka/orders/1/100+1'],
      [7, 100, 8, 9],
    ])
  })

  it.each<[string, OutgoingRecord[], PartitionAnswer[]]>([
    ['a partition is answered that nothing went to', records(0, 0), [answer(0, '7'), answer(1, '9')]],
    ['nothing is answered for a partition', records(0, 1), [answer(0, '7'), answer(2, '9')]],
    ['a partition is answered twice', records(0, 1), [answer(0, '7'), answer(1, '9'), answer(1, '10')]],
    ['the broker does not know the offset', records(0, 0), [answer(0, '-1')]],
    ['a record names no partition', [{ value: null }, ...records(1)], [answer(0, '7'), answer(1, '9')]],
    ['nothing is answered at all', records(0, 0), []],
  ])('is not known where %s', (_, sent, answers) => {
    expect(places(sent, answers)).toEqual([[], [undefined, undefined]])
  })

  it('of one topic says nothing about another', () => {
    const topics = [
      { topic: 'orders', messages: records(0, 0) },
      { topic: 'mails', messages: [{ value: null }, { value: null }] },
    ]
    const answers = [answer(0, '7'), answer(0, '1', 'mails'), answer(1, '2', 'mails')]
    expect(outcomeOf(topics, answers).coordinates?.()).toEqual([
      { log: 'kafka/orders/0', start: 7, count: 2 },
    ])
  })

  it.each<[string, PartitionAnswer[], unknown]>([
    ['where the answer says', [answer(3, '1842')], { partition: '3', offset: 1842 }],
    ['unknown where the answer says nothing', [], undefined],
    ['unknown where the broker does not know the offset', [answer(3, '-1')], undefined],
    ['unknown where the answer has no offset', [{ topicName: 'orders', partition: 3 }], undefined],
    ['unknown where the answer tells of another topic', [answer(3, '1842', 'mails')], undefined],
    ['unknown where two partitions are answered', [answer(3, '1842'), answer(4, '7')], undefined],
  ])('is, for a single record, %s', (_, answers, facts) => {
    const outcome = outcomeOf([{ topic: 'orders', messages: [{ value: null }] }], answers)
    expect(outcome.facts?.(0)).toEqual(facts)
    expect(outcome.coordinates).toBeUndefined()
  })
})

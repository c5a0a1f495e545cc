import { ChosenPartitions, outcomeOf } from '@flowstitch/dialects/kafka'
import { describe, expect, it } from 'vitest'

interface Message {
  readonly value: string
}

const sent = [{ value: 'a' }, { value: 'b' }]
const answers = [
  { topicName: 'orders', partition: 0, baseOffset: '7' },
  { topicName: 'orders', partition: 1, baseOffset: '9' },
]

/** Sends these once for each list of choices, as kafkajs does when it tries again; answers what is known of their places. */
function places(messages: readonly Message[], ...choices: number[][]): unknown {
  const chosen = new ChosenPartitions()
  let turn: number[] = []
  const partitioner = chosen.listenTo(
    (): ((args: { message: Message }) => number) => () => turn.shift() ?? 0,
  )()
  chosen.watch(messages)
  for (const choice of choices) {
    turn = [...choice]
    for (const message of messages) partitioner({ message })
  }
  const { coordinates, facts } = outcomeOf([{ topic: 'orders', messages }], answers, chosen)
  const ranges = coordinates?.().map(({ log, start, count }) => `${log}/${start}+${count}`)
  return [ranges, messages.map((_, index) => facts?.(index)?.offset)]
}

describe('a partitioner that is listened to', () => {
  it('tells who went where, also when it is asked again and says the same', () => {
    const known = [
      ['kafka/orders/0/7+1', 'kafka/orders/1/9+1'],
      [7, 9],
    ]
    expect(places(sent, [0, 1])).toEqual(known)
    expect(places(sent, [0, 1], [0, 1])).toEqual(known)
  })

  it('tells nothing where a retry has moved a message', () => {
    expect(places(sent, [0, 1], [1, 0])).toEqual([[], [undefined, undefined]])
  })

  it('tells nothing of an object that is sent twice', () => {
    expect(places([sent[0]!, sent[0]!], [0, 1])).toEqual([[], [undefined, undefined]])
  })

  it('that is none is left to kafkajs', () => {
    const none = (() => undefined) as never
    expect(new ChosenPartitions().listenTo(none)()).toBeUndefined()
  })
})

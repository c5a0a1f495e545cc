import { describe, expect, it } from 'vitest'
import { createStory } from './support/stories.ts'
import { engineWith, messaging, ref, traceId, type Attributes, type Told } from './support/story.ts'

const send = (name: string, attributes: Attributes): Told => ({
  id: `${name}/send`,
  kind: 'producer',
  attributes: messaging('send', 'q', attributes),
})
const got = (attributes: Attributes): Told => ({
  id: 'c/process',
  links: ['a/send'],
  kind: 'consumer',
  at: 50,
  attributes: messaging('process', 'q', attributes),
})
const at = (offset: number): Attributes => ({
  'kafka.offset': offset,
  'messaging.destination.partition.id': '0',
})
const id = (value: string): Attributes => ({ 'messaging.message.id': value })

describe('exact evidence that contradicts the context of a message', () => {
  it.each([
    ['coordinate', at(7), at(8), 'kafka/q/0/8'],
    ['message-id', id('m-1'), id('m-2'), 'm-2'],
  ])('is reported: its %s', async (evidence, own, other, value) => {
    const engine = await engineWith([send('a', own), send('b', other), got(other)])
    const [message] = (await engine.flow(traceId('a')))!.messages
    expect(message?.attempts).toHaveLength(1)
    expect(message?.conflicts).toEqual([
      { evidence, value, step: ref('c/process'), senders: [ref('b/send')] },
    ])
    expect((await engine.flow(traceId('b')))!.messages).toMatchObject([{ attempts: [] }])
  })

  it.each([
    ['agrees', [send('a', at(7)), got(at(7))]],
    ['is of a message that was put back', [send('a', at(7)), got(at(8))]],
    [
      'is of another destination',
      [
        send('a', at(7)),
        { ...send('b', { 'messaging.message.id': '1' }), attributes: messaging('send', 'other', id('1')) },
        got(id('1')),
      ],
    ],
    ['is reported by the step that handed it over', createStory()],
  ])('is not seen where it %s', async (_, told) => {
    const engine = await engineWith(told)
    for (const { id: flowId } of (await engine.flows({ limit: 9 })).flows)
      for (const message of (await engine.flow(flowId))!.messages) expect(message.conflicts).toBeUndefined()
  })
})

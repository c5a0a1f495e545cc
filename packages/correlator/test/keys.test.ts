import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { embeddedStore, openEngine, type Engine } from '../src/index.ts'
import { withFolder } from './support/stores.ts'
import { shuffledRequests } from './support/arbitrary.ts'
import {
  engineWith,
  messaging,
  ref,
  request,
  STORY_START_MS,
  stepsOf,
  traceId,
  type Told,
} from './support/story.ts'

const now = (): number => STORY_START_MS + 60_000
const keys = ['order.id']

const send = (name: string, order: string | number, more: Partial<Told> = {}): Told => ({
  id: `${name}/send`,
  kind: 'producer',
  attributes: messaging('send', 'orders', { 'order.id': order }),
  ...more,
})
const got = (name: string, order: string | number, more: Partial<Told> = {}): Told => ({
  id: `${name}/process`,
  kind: 'consumer',
  at: 100,
  attributes: messaging('process', 'orders', { 'order.id': order }),
  ...more,
})

describe('a declared key', () => {
  it('joins a message that carried no context', async () => {
    const engine = await engineWith([send('a', 4711), got('c', '4711'), send('b', 4712), got('d', 4712)], {
      keys,
    })
    const flow = await engine.flow(traceId('a'))
    expect(flow?.edges).toMatchObject([{ from: ref('a/send'), to: ref('c/process'), evidence: 'key' }])
    expect(flow?.messages).toMatchObject([{ state: 'processed', attempts: [{ number: 1, dwellMs: 99 }] }])
    expect((await engine.destinations()).destinations).toMatchObject([{ sent: 2, processed: 2 }])
    expect((await engine.flows({ limit: 9 })).flows).toHaveLength(2)
  })

  it('is none where nobody declared it', async () => {
    const engine = await engineWith([send('a', 4711), got('c', 4711)])
    expect(stepsOf(await engine.flow(traceId('a')))).toEqual(['a/send'])
  })

  it.each<[string, Told[]]>([
    ['at another time', [send('a', 7), got('c', 7, { at: 3_700_000 })]],
    [
      'of another destination',
      [send('a', 7, { attributes: messaging('send', 'mails', { 'order.id': 7 }) }), got('c', 7)],
    ],
    ['with another value', [send('a', 7), got('c', 8)]],
    ['without a value', [send('a', ''), got('c', '')]],
    [
      'of a consumer whose link says better',
      [send('a', 7), send('b', 9), got('c', 7, { links: ['b/send'] })],
    ],
  ])('joins nothing %s', async (_, told) => {
    const engine = await engineWith(told, { keys })
    expect(stepsOf(await engine.flow(traceId('a')))).toEqual(['a/send'])
  })

  it('is weaker than a message id', async () => {
    const id = { 'messaging.message.id': 'm-1' }
    const told = [
      send('a', 7),
      send('b', 7, { attributes: messaging('send', 'orders', { 'order.id': 7, ...id }) }),
      got('c', 7, { attributes: messaging('process', 'orders', { 'order.id': 7, ...id }) }),
    ]
    const engine = await engineWith(told, { keys })
    expect(stepsOf(await engine.flow(traceId('a')))).toEqual(['a/send'])
    expect((await engine.flow(traceId('b')))?.edges).toMatchObject([{ evidence: 'message-id' }])
  })

  it('that several messages share says that each may have been meant, and of many it says nothing', async () => {
    const few = await engineWith([send('a', 7), send('b', 7), got('c', 7)], { keys })
    expect((await few.flow(traceId('a')))?.edges).toMatchObject([{ evidence: 'key', mayCause: true }])
    const senders = Array.from({ length: 11 }, (_, index) => send(`s${index}`, 7))
    const many = await engineWith([...senders, got('c', 7)], { keys })
    expect(stepsOf(await many.flow(traceId('s1')))).toEqual(['s1/send'])
    expect(stepsOf(await many.flow(traceId('c')))).toEqual(['c/process'])
  })

  it(
    'gives the same in any order, and after a restart',
    () =>
      withFolder(async (folder) => {
        const told = [send('a', 7), got('c', 7), send('b', 8), got('d', 8), got('e', 8, { at: 300 })]
        const straight = await answers(await engineWith(told, { keys }))
        let run = 0
        await hold(
          fc.asyncProperty(shuffledRequests(told), fc.nat(4), async (requests, restart) => {
            const directory = `${folder}/${run++}`
            const open = async (): Promise<Engine> =>
              openEngine({ store: await embeddedStore({ directory, keys }), now, keys })
            let engine = await open()
            for (const [index, some] of requests.entries()) {
              await engine.ingest(request(some), 'protobuf')
              await engine.destinations()
              if (index !== restart) continue
              await engine.close()
              engine = await open()
            }
            expect(await answers(engine)).toEqual(straight)
            await engine.close()
          }),
          4,
        )
      }),
    PATIENCE,
  )
})

async function answers(engine: Engine): Promise<unknown[]> {
  const flows = await Promise.all(['a', 'b', 'c'].map((name) => engine.flow(traceId(name))))
  return [flows.map((flow) => flow && { ...flow, version: 0 }), await engine.destinations()]
}

import { randomUUID } from 'node:crypto'
import { trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import {
  adapterConformance,
  instrumentPost,
  PostOffice,
  processPost,
  recordSpans,
  type AdapterUnderTest,
  type Delivery,
  type PostOptions,
  type TestMessage,
  type TestSession,
} from '../src/index.ts'

const incoming = ({ letter: { body, headers = {} } }: Delivery): TestMessage => ({
  body,
  headers: { ...headers },
})

function freeze(letter: TestMessage): TestMessage {
  return Object.freeze({ ...letter, headers: Object.freeze({ ...letter.headers }) })
}

async function openSession(bare: PostOffice, office: PostOffice): Promise<TestSession> {
  const inbox = `inbox-${randomUUID()}`
  return {
    destination: inbox,
    send: (letter, options) => office.send(inbox, options?.freeze ? freeze(letter) : letter),
    sendBatch: (letters) => office.sendAll(inbox, letters),
    sendBare: async (letter) => void (await bare.sendAll(inbox, [letter])),
    consume: async (handler) => office.subscribe(inbox, (delivery) => handler(incoming(delivery))),
    async readBare() {
      const [delivery] = await bare.fetch(inbox)
      if (!delivery) throw new Error('the inbox is empty')
      return incoming(delivery)
    },
    close: async () => office.unsubscribe(inbox),
  }
}

/** An instrumented office and a bare one on the same inboxes: methods are wrapped on the one object alone. */
function offices(instrument: (office: PostOffice) => PostOffice): Promise<TestSession> {
  const bare = new PostOffice()
  const sameInboxes = Object.assign(Object.create(PostOffice.prototype), {}) as PostOffice
  for (const name of ['send', 'sendAll', 'subscribe', 'unsubscribe', 'fetch'] as const) {
    Object.defineProperty(sameInboxes, name, {
      value: bare[name].bind(bare),
      configurable: true,
      writable: true,
    })
  }
  return openSession(bare, instrument(sameInboxes))
}

const post: AdapterUnderTest = {
  name: 'post',
  system: 'post',
  sendOperation: 'send',
  processOperation: 'process',
  open: (options) => offices((office) => instrumentPost(office, options as PostOptions)),
  openTwice: () => offices((office) => instrumentPost(instrumentPost(office))),
}

adapterConformance(post, {
  skip: [
    {
      behaviour:
        'a batch is one span without a parent that links to every message; each message has its own below it',
      reason: 'the office hands out letters one by one, or by fetch, which is a receive',
    },
  ],
})

describe('letters that are fetched', () => {
  afterEach(() => recordSpans().shutdown())

  it('make a receive span with links, and a process span each where they are handled', async () => {
    const recorder = recordSpans()
    const office = instrumentPost(new PostOffice())
    await office.sendAll('inbox', [{ body: 'a' }, { body: 'b' }])
    const deliveries = await office.fetch('inbox')
    for (const delivery of deliveries)
      processPost(delivery, () => trace.getTracer('test').startSpan('work').end())
    expect(recorder.spans.find(({ name }) => name === 'fetch inbox')?.links).toHaveLength(2)
    expect(recorder.spans.filter(({ name }) => name === 'process inbox')).toHaveLength(2)
    expect(await office.fetch('inbox')).toEqual([])
    expect(recorder.spans.filter(({ name }) => name === 'fetch inbox')).toHaveLength(1)
  })

  it('were sent once, in one span each', async () => {
    const recorder = recordSpans()
    const office = instrumentPost(new PostOffice())
    await office.send('inbox', { body: 'a' })
    await office.sendAll('inbox', [{ body: 'b' }])
    expect(recorder.spans.map(({ name }) => name)).toEqual(['send inbox', 'send inbox'])
  })

  it('count their attempts', async () => {
    const recorder = recordSpans()
    const office = instrumentPost(new PostOffice())
    office.subscribe('inbox', ({ attempt }) => {
      if (attempt === 1) throw new Error('not yet')
    })
    await office.send('inbox', { body: 'a' })
    const spans = await recorder.waitForAll(({ name }) => name === 'process inbox', 2)
    expect(spans.map(({ attributes }) => attributes['flowstitch.message.attempt'])).toEqual([1, 2])
  })
})

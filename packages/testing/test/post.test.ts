import { randomUUID } from 'node:crypto'
import { trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import {
  adapterConformance,
  inheriting,
  instrumentPost,
  PostOffice,
  processPost,
  recordSpans,
  type AdapterUnderTest,
  type Delivery,
  type Letter,
  type OutgoingMessage,
  type PostOptions,
  type TestMessage,
  type TestSession,
} from '../src/index.ts'

const incoming = ({ letter: { body, headers = {} } }: Delivery): TestMessage => ({
  body,
  headers: { ...headers },
})

function frozen(letter: OutgoingMessage): OutgoingMessage {
  return Object.freeze({ ...letter, headers: Object.freeze({ ...letter.headers }) })
}

async function openSession(bare: PostOffice, office: PostOffice): Promise<TestSession> {
  const inbox = `inbox-${randomUUID()}`
  return {
    destination: inbox,
    send: (letter, { freeze = false, inherit = false } = {}) =>
      office.send(inbox, freeze ? frozen(letter) : inherit ? inheriting(letter) : letter),
    sendBatch: (letters) => office.sendAll(inbox, letters),
    prepareShared(letter) {
      const letters = [letter, letter]
      return { handed: letters, send: () => office.sendAll(inbox, letters) }
    },
    sendRefused: (client) => (client === 'bare' ? bare : office).send('', { body: 'x' }),
    sendBare: async (letter) => void (await bare.sendAll(inbox, [letter])),
    consume: async (handler) =>
      office.subscribe(inbox, (delivery) => handler(incoming(delivery), () => undefined)),
    receive: async () => (await office.fetch(inbox)).map(incoming),
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

/** Right and wrong calls on an office. */
async function transcript(client: 'instrumented' | 'bare'): Promise<readonly unknown[]> {
  const office = client === 'bare' ? new PostOffice() : instrumentPost(new PostOffice())
  const seen: unknown[] = [office.send.name, office.send.length, Object.keys(office)]
  const step = async (call: () => unknown): Promise<void> => {
    try {
      const answer = call()
      seen.push(answer instanceof Promise, await answer)
    } catch (error) {
      seen.push(error)
    }
  }
  const letter = Object.freeze({ body: 'x', headers: Object.freeze({ tenant: 'blue' }) })
  await step(() => office.send('inbox', letter))
  await step(() => office.sendAll('inbox', [{ body: 'y' }, { body: 'z' }]))
  await step(() => office.sendAll('inbox', []))
  await step(() => office.send('', letter))
  await step(() => office.send('inbox', undefined as unknown as Letter))
  await step(() => office.sendAll('inbox', null as unknown as Letter[]))
  await step(async () => (await office.fetch('inbox')).map(({ letter: { body }, number }) => [body, number]))
  const handled = new Promise((resolve) => {
    office.subscribe('inbox', function (this: unknown, { attempt, letter: { body } }) {
      seen.push([this, body, attempt])
      if (attempt > 1) resolve('handled')
      else throw new RangeError('not yet')
    })
  })
  await step(() => office.send('inbox', letter))
  await step(() => handled)
  return seen
}

const post: AdapterUnderTest = {
  name: 'post',
  system: 'post',
  sendOperation: 'send',
  processOperation: 'process',
  receiveOperation: 'fetch',
  pulls: false,
  open: (options) => offices((office) => instrumentPost(office, options as PostOptions)),
  openTwice: () => offices((office) => instrumentPost(instrumentPost(office))),
  transcript,
}

const NOT_SETTLED = 'letters are not settled: the office needs no word of it'

adapterConformance(post, {
  skip: [
    {
      behaviour:
        'a batch is one span without a parent that links to every message; each message has its own below it',
      reason: 'the office hands out letters one by one, or by fetch, which is a receive',
    },
    {
      behaviour: 'H1: the client waits for an asynchronous handler before it hands out the next message',
      reason: 'the office hands out all that it has at once',
    },
    ...[
      'a message that its handler settles has a client span for that below its own, which says how it was settled',
      'a message that is settled after its handler has a client span for that, with a link to the message',
    ].map((behaviour) => ({ behaviour, reason: NOT_SETTLED })),
    {
      behaviour: 'a dead letter says where it came from and why, in a trace of its own with a link',
      reason: 'a letter that has failed twice is thrown away',
    },
    {
      behaviour:
        'a call with several destinations names them on create spans and links, and none on its own span',
      reason: 'a call sends to one inbox',
    },
    ...[
      'keys are recorded unless the user wants none',
      'a tombstone is marked as such, and nothing else is',
    ].map((behaviour) => ({ behaviour, reason: 'letters have no key' })),
    {
      behaviour: 'names of temporary destinations are in no span name',
      reason: 'an office keeps its inboxes',
    },
    {
      behaviour: "a client that OpenTelemetry's own instrumentation has wrapped is traced by that alone",
      reason: 'OpenTelemetry has no instrumentation for the office',
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

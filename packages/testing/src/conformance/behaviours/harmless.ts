import { setTimeout as delay } from 'node:timers/promises'
import { queryObjects, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'vitest'
import type { OutgoingMessage, TestSession } from '../adapter.ts'
import { needed, type Behaviour } from '../behaviour.ts'

const WARM_UP = 2000
const AT_ONCE = 200
const MESSAGES = 10_000
const ROUNDS = 3
/** An object kept for each message would make ten times as many. */
const OBJECTS = MESSAGES / 10
/** What compilers and clients come to keep in the meantime; an entry of a map, its key text, takes more a message. */
const BYTES = MESSAGES * 60

/** Several in one call, where the client has such calls. */
function inCalls(session: TestSession, messages: readonly OutgoingMessage[]): Promise<unknown>[] {
  if (!session.sendBatch) return messages.map((message) => session.send(message))
  const sendBatch = needed(session, 'sendBatch')
  return messages.flatMap((_, from) => (from % 10 === 0 ? sendBatch(messages.slice(from, from + 10)) : []))
}

/** Sends messages and waits until they were handled. */
async function pump(session: TestSession, handled: () => number, count: number): Promise<void> {
  const until = handled() + count
  const messages = Array.from({ length: AT_ONCE }, (): OutgoingMessage => ({ body: 'x' }))
  for (let n = 0; n < count; n += AT_ONCE) {
    await Promise.all(inCalls(session, messages))
  }
  await expect.poll(handled, { timeout: 60_000, interval: 5 }).toBe(until)
}

interface Retained {
  readonly objects: number
  readonly bytes: number
}

function isLittle({ objects, bytes }: Retained): boolean {
  return objects < OBJECTS && bytes < BYTES
}

async function retained(): Promise<Retained> {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  // What is under way, acknowledgements among it, comes to its end meanwhile.
  for (let n = 0; n < 3; n++) {
    await delay(50)
    collectGarbage()
  }
  return { objects: queryObjects(Object, { format: 'count' }), bytes: process.memoryUsage().heapUsed }
}

/** That a client with tracing is the client that it was. */
export const harmless: readonly Behaviour[] = [
  {
    name: 'one script sees the same on a bare and on an instrumented client: values, errors, order',
    async run({ adapter, record }) {
      const transcript = needed(adapter, 'transcript')
      const bare = await transcript('bare')
      expect(bare.length).toBeGreaterThan(10)
      expect(await transcript('instrumented')).toEqual(bare)
      const recorder = record()
      expect(await transcript('instrumented')).toEqual(bare)
      expect(recorder.spans.length).toBeGreaterThan(3)
      expect(recorder.open).toBe(0)
      // Of strange calls the conventions have nothing to say.
      recorder.clear()
    },
  },
  {
    name: 'ten thousand messages leave no span open and no memory behind',
    timeoutMs: 180_000,
    async run({ record, open }) {
      const recorder = record({ ignore: () => true })
      const session = await open()
      let handled = 0
      await session.consume(() => void handled++)
      await pump(session, () => handled, WARM_UP)
      let before = await retained()
      let grown: Retained = { objects: Infinity, bytes: Infinity }
      // What is kept for each message is kept for the next ten thousand too; what a compiler keeps is not.
      for (let round = 0; round < ROUNDS && !isLittle(grown); round++) {
        await pump(session, () => handled, MESSAGES)
        const after = await retained()
        grown = { objects: after.objects - before.objects, bytes: after.bytes - before.bytes }
        before = after
      }
      expect(grown, 'more than before').toSatisfy(isLittle)
      await session.close()
      expect(recorder.open).toBe(0)
    },
  },
]

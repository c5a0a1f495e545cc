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
/** An object kept for each message would make five times as many; a connection that a client opens has some hundred. */
const OBJECTS = MESSAGES / 5
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
  // On a busy machine it takes as long as it takes; what comes to a stop fails. Vitest's poll would keep objects.
  for (let came = handled(), since = Date.now(); handled() < until; await delay(5)) {
    if (handled() > came) [came, since] = [handled(), Date.now()]
    if (Date.now() - since > 30_000) break
  }
  expect(handled()).toBe(until)
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
  let objects = Infinity
  // What is under way, acknowledgements among it, comes to its end meanwhile.
  for (let tries = 0; tries < 50; tries++) {
    await delay(50)
    collectGarbage()
    const fewer = queryObjects(Object, { format: 'count' })
    if (tries > 2 && fewer >= objects) break
    objects = fewer
  }
  return { objects, bytes: process.memoryUsage().heapUsed }
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
    timeoutMs: 400_000,
    async run({ record, open }) {
      const recorder = record({ ignore: () => true })
      const session = await open()
      let handled = 0
      await session.consume(() => void handled++, { workers: 4 })
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

import { createStore, type Store } from '../ui/store.ts'
import { backoffMs } from './backoff.ts'
import { openStream } from './client.ts'
import type { FlowSummary } from '@flowstitch/correlator'
import { EventStreamParser } from './sse.ts'
import { token } from './token.ts'

/** `paused` while nobody looks at this tab: browsers allow six connections to one server, for all tabs. */
export type LiveStatus = 'connecting' | 'connected' | 'disconnected' | 'paused'

export const liveStatus: Store<LiveStatus> = createStore<LiveStatus>('connecting')

type Listener = (summary: FlowSummary) => void

const flowListeners = new Set<Listener>()
const missedListeners = new Set<() => void>()

/** Calls `listener` with every flow that changes, while connected; the answer ends the subscription. */
export function onFlow(listener: Listener): () => void {
  flowListeners.add(listener)
  return () => flowListeners.delete(listener)
}

/** Calls `listener` when changes were missed, as after a lost connection: the lists have to be read again. */
export function onMissed(listener: () => void): () => void {
  missedListeners.add(listener)
  return () => missedListeners.delete(listener)
}

/** The server says something every 15 s; a connection that is silent for longer is dead. */
const LONGEST_SILENCE_MS = 40_000

/** Keeps one connection for the whole page, as long as somebody looks at it. */
export function startLive(): void {
  let current: AbortController | undefined
  const restart = (): void => {
    current?.abort()
    current = undefined
    if (document.hidden) return liveStatus.set('paused')
    current = new AbortController()
    void keepConnected(current.signal)
  }
  document.addEventListener('visibilitychange', restart)
  addEventListener('online', restart)
  token.subscribe(restart)
  restart()
}

let opened = false

async function keepConnected(signal: AbortSignal): Promise<void> {
  liveStatus.set(opened ? 'disconnected' : 'connecting')
  for (let failures = 0; !signal.aborted; failures += 1) {
    const attempt = new AbortController()
    try {
      const either = AbortSignal.any([signal, attempt.signal])
      await readAll(await openStream('live', either), either, () => (failures = 0))
    } catch {
      // The status says it, and the next turn of the loop tries again.
    } finally {
      attempt.abort()
    }
    if (signal.aborted) return
    liveStatus.set('disconnected')
    await sleep(backoffMs(failures, Math.random()), signal)
  }
}

async function readAll(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
  succeeded: () => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream(), { signal }).getReader()
  const parser = new EventStreamParser()
  announceOpen()
  for (;;) {
    const { done, value } = await withinSilence(reader.read())
    if (done) return
    succeeded()
    for (const event of parser.push(value)) {
      if (event.name === 'flow') announceFlow(event.data)
      if (event.name === 'missed') announceMissed()
    }
  }
}

function withinSilence<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The live connection fell silent.')), LONGEST_SILENCE_MS)
  })
  return Promise.race([reading, silence]).finally(() => clearTimeout(timer))
}

function announceOpen(): void {
  liveStatus.set('connected')
  if (opened) announceMissed()
  opened = true
}

function announceMissed(): void {
  for (const listener of missedListeners) listener()
}

function announceFlow(data: string): void {
  const summary = JSON.parse(data) as FlowSummary
  for (const listener of flowListeners) listener(summary)
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}

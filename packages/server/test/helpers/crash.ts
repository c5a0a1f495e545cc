import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { exportRequest } from './otlp.ts'

const SERVER = fileURLToPath(new URL('crash-server.ts', import.meta.url))
const SENDERS = 8

/** One export request that was answered with 200, in the order of the answers. */
export interface Acknowledged {
  traceId: string
  spanCount: number
  bytes: number
}

/** What the lives of one folder's servers have come to. */
export interface CrashLog {
  acknowledged: Acknowledged[]
  /** Of the servers that were killed before they listened. */
  killedAtStart: number
  /** From the start of a process to its first answer, the longest. */
  slowestStartMs: number
}

/** Random numbers from 0 to 1, the same ones for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Starts a server on the folder, sends it spans as fast as it takes them, and kills it with SIGKILL: one in
 * four at a random moment of its start, the rest at a random moment of its work.
 */
export async function liveAndDie(
  directory: string,
  maxDiskBytes: number,
  random: () => number,
  log: CrashLog,
): Promise<void> {
  const began = performance.now()
  const child = spawn(
    process.execPath,
    ['--conditions=@flowstitch/source', SERVER, directory, String(maxDiskBytes)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  if (random() < 0.25) void delay(random() * 1500).then(() => child.kill('SIGKILL'))
  const otlpHttp = await listening(child)
  if (otlpHttp === undefined) log.killedAtStart++
  else {
    log.slowestStartMs = Math.max(log.slowestStartMs, performance.now() - began)
    void delay(20 + random() * 1200).then(() => child.kill('SIGKILL'))
    const senders = Array.from({ length: SENDERS }, () => sendUntilGone(otlpHttp, random, log.acknowledged))
    await Promise.all(senders)
  }
  const [, signal] = (await ended) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error('the server ended before it was killed')
}

/** Where it listens; undefined if it was killed before. */
async function listening(child: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: child.stdout! }))
    return (JSON.parse(line) as { otlpHttp: string }).otlpHttp
  return undefined
}

async function sendUntilGone(
  otlpHttp: string,
  random: () => number,
  acknowledged: Acknowledged[],
): Promise<void> {
  for (;;) {
    const { protobuf, traceId, spanCount } = exportRequest(1 + Math.floor(random() ** 4 * 100))
    const response = await fetch(`${otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(protobuf),
    }).catch(() => undefined)
    if (!response) return
    if (response.status === 200) acknowledged.push({ traceId, spanCount, bytes: protobuf.length })
    await response.bytes().catch(() => undefined)
  }
}

import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { embeddedStore, openEngine } from '@flowstitch/correlator'
import { makeRequests } from '../ingest/load.ts'
import { makeLoad } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { bytesOnDisk, withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row, type Row } from './row.ts'

/** Segments so small that the newest, which has no index yet, is a small part of all. */
const SEGMENT_BYTES = 4_000_000

/** What a span takes on disk: as it came, with its index, and once segments that take no more are compressed. */
export const measureDisk: Measurement = async ({ full, log }) => {
  const spans = full ? 500_000 : 100_000
  log('disk')
  return [
    ...(await measure('a span of 11 attributes', spans, makeRequests(spans), { atMost: 450 })),
    ...(await measure('a span of the mix', spans, requestsOf(makeLoad(1, spans).spans))),
  ]
}

function measure(
  what: string,
  spans: number,
  requests: readonly Uint8Array[],
  goal?: Row['goal'],
): Promise<Row[]> {
  return withFolder(async (directory) => {
    const engine = await openEngine({
      store: await embeddedStore({ directory, segmentBytes: SEGMENT_BYTES, compress: false }),
    })
    for (const body of requests) await engine.ingest(body, 'protobuf')
    await engine.close()
    const plain = (await bytesOnDisk(directory)) / spans
    const store = await embeddedStore({ directory, segmentBytes: SEGMENT_BYTES })
    while ((await readdir(directory)).filter((name) => name.endsWith('.log')).length > 1) await delay(50)
    await store.close()
    return [
      row(`disk for ${what}, raw bytes and indexes`, 'bytes', [plain], goal),
      row(`disk for ${what}, once compressed`, 'bytes', [(await bytesOnDisk(directory)) / spans], goal),
    ]
  })
}

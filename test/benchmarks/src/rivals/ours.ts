import type { Flow } from '@flowstitch/correlator'
import { gzipped, protobufBody } from '../correlator/sender.ts'
import { startServer } from '../correlator/server.ts'
import { requestOf } from '../load/otlp.ts'
import type { Rival } from './rival.ts'

/** Flowstitch, in memory or in a folder. */
export async function startOurs(directory?: string): Promise<Rival> {
  const server = await startServer(directory)
  return {
    name: `Flowstitch, ${directory === undefined ? 'memory' : 'on disk before the answer'}`,
    process: server.process,
    url: `${server.otlpHttp}/v1/traces`,
    body: (service, spans) => gzipped(protobufBody(requestOf(service, spans))),
    stored: async () => {
      const text = await (await fetch(`${server.viewer}/api/v1/metrics`)).text()
      return Number(/^flowstitch_ingest_spans_total\{result="accepted"\} (\d+)/m.exec(text)?.[1] ?? 0)
    },
    async causedBy(traceId, asked) {
      const flow = (await asked.json(`${server.viewer}/api/v1/flows/${traceId}`)) as Flow | undefined
      return new Set(flow?.steps.map(({ spanId }) => spanId))
    },
    stop: () => server.stop(),
  }
}

import { realpath } from 'node:fs/promises'
import { findOnPath } from '../../../brokers/src/install/find.ts'
import { freePorts } from '../../../brokers/src/ports.ts'
import { gzipped } from '../correlator/sender.ts'
import { measured, startOnServerCore, stop } from '../correlator/server.ts'
import { LOAD_START_MS, type Kind, type LoadSpan } from '../load/span.ts'
import { ZIPKIN_TITLE } from './obtain.ts'
import { answers, type Rival } from './rival.ts'

const KINDS: Partial<Record<Kind, string>> = {
  server: 'SERVER',
  client: 'CLIENT',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
}

/** Zipkin in memory, with room for all that comes. It takes its own JSON, which knows no links. */
export async function startZipkin(jar: string): Promise<Rival> {
  const [port] = (await freePorts(1)) as [number]
  const java = await realpath((await findOnPath('java'))!)
  const options = { ip: '127.0.0.1', port, 'protocols[0]': 'http' }
  const listening = Object.entries(options).map(([name, value]) => `--armeria.ports[0].${name}=${value}`)
  const args = ['-Xms512m', '-Xmx6g', '-XX:ActiveProcessorCount=1', '-jar', jar, ...listening]
  const env = { ...process.env, QUERY_PORT: String(port), MEM_MAX_SPANS: '4000000' }
  const child = startOnServerCore(java, args, env)
  child.stdout!.resume()
  const root = `http://127.0.0.1:${port}`
  await answers(`${root}/health`)
  return {
    name: `${ZIPKIN_TITLE}, memory`,
    process: measured(child.pid!),
    url: `${root}/api/v2/spans`,
    body: (service, spans) =>
      gzipped({ bytes: jsonOf(service, spans), type: 'application/json', gzip: false }),
    stored: async () => {
      const text = await (await fetch(`${root}/prometheus`)).text()
      const counts = text.matchAll(/^zipkin_collector_spans_total\{[^}]*\} ([\d.eE+]+)/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
    async causedBy(traceId, asked) {
      const spans = (await asked.json(`${root}/api/v2/trace/${traceId}`)) as { id: string }[] | undefined
      return new Set((spans ?? []).map(({ id }) => id))
    },
    stop: () => stop(child),
  }
}

function jsonOf(service: string, spans: readonly LoadSpan[]): Uint8Array {
  const list = spans.map(({ traceId, spanId, parentSpanId, name, kind, from, to, attributes }) => ({
    traceId,
    id: spanId,
    parentId: parentSpanId,
    name,
    kind: KINDS[kind],
    timestamp: LOAD_START_MS * 1000 + from,
    duration: to - from,
    localEndpoint: { serviceName: service },
    tags: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
  }))
  return Buffer.from(JSON.stringify(list))
}

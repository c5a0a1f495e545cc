import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../../brokers/src/ports.ts'
import { gzipped, protobufBody } from '../correlator/sender.ts'
import { measured, startOnServerCore, stop } from '../correlator/server.ts'
import { requestOf } from '../load/otlp.ts'
import { LOAD_START_MS, SECOND } from '../load/span.ts'
import { JAEGER_TITLE } from './obtain.ts'
import { answers, type Asked, type Rival } from './rival.ts'

/** How long after its start a flow is looked for, in microseconds, and the most traces that a search gives. */
const WINDOW = 60 * SECOND
const LIMIT = 1500
const ROUNDS = 4

interface JaegerSpan {
  traceID: string
  spanID: string
  references: { traceID: string; spanID: string }[]
}

/** Jaeger, with its settings as shipped but for the ports and what it keeps: all traces, in memory or in Badger. */
export async function startJaeger(
  program: string,
  directory: string,
  storage: 'memory' | 'badger',
): Promise<Rival> {
  const [otlp, query, queryGrpc, metrics] = (await freePorts(4)) as [number, number, number, number]
  const config = join(directory, `jaeger-${storage}.yaml`)
  await writeFile(config, settings({ otlp, query, queryGrpc, metrics }, backend(storage, directory)))
  // It would trace itself, and look for a collector to send that to.
  const env = { ...process.env, OTEL_TRACES_SAMPLER: 'always_off' }
  const child = startOnServerCore(program, ['--config', config], env)
  child.stdout!.resume()
  const api = `http://127.0.0.1:${query}/api`
  await answers(`${api}/services`)
  return {
    name: `${JAEGER_TITLE}, ${storage}`,
    process: measured(child.pid!),
    url: `http://127.0.0.1:${otlp}/v1/traces`,
    body: (service, spans) => gzipped(protobufBody(requestOf(service, spans))),
    // Its batch processor acknowledges before it stores.
    stored: async () => {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
      const counts = text.matchAll(/^otelcol_exporter_sent_spans(?:_total)?\{[^}]*\} ([\d.e+]+)/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
    causedBy: (traceId, asked) => causedBy(api, traceId, asked),
    stop: () => stop(child),
  }
}

/** Fetches the trace, then searches every service for traces that link to what is known, until none does. */
async function causedBy(api: string, traceId: string, asked: Asked): Promise<Set<string>> {
  const tracesAt = async (path: string): Promise<JaegerSpan[][]> => {
    const answer = (await asked.json(`${api}${path}`)) as { data?: { spans: JaegerSpan[] }[] } | undefined
    return (answer?.data ?? []).map(({ spans }) => spans)
  }
  const known = new Set<string>()
  for (const spans of await tracesAt(`/traces/${traceId}`)) for (const { spanID } of spans) known.add(spanID)
  const services = (await asked.json(`${api}/services`)) as { data: string[] }
  const from = LOAD_START_MS * 1000
  for (let round = 0; round < ROUNDS; round++) {
    const before = known.size
    for (const service of services.data) {
      const window = `start=${from}&end=${from + WINDOW}&limit=${LIMIT}`
      for (const spans of await tracesAt(`/traces?service=${service}&${window}`))
        if (spans.some(({ references }) => references.some(({ spanID }) => known.has(spanID))))
          for (const { spanID } of spans) known.add(spanID)
    }
    if (known.size === before) break
  }
  return known
}

function backend(storage: 'memory' | 'badger', directory: string): string {
  if (storage === 'memory') return 'memory: { max_traces: 4000000 }'
  const folder = JSON.stringify(join(directory, 'badger'))
  return `badger: { directories: { keys: ${folder}, values: ${folder} }, ephemeral: false, ttl: { spans: 8760h } }`
}

interface Ports {
  otlp: number
  query: number
  queryGrpc: number
  metrics: number
}

const settings = ({ otlp, query, queryGrpc, metrics }: Ports, storage: string): string => `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter] }
  telemetry:
    metrics:
      level: detailed
      readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${metrics} } } } }]
    logs: { level: error }
extensions:
  jaeger_query:
    storage: { traces: store }
    http: { endpoint: "127.0.0.1:${query}" }
    grpc: { endpoint: "127.0.0.1:${queryGrpc}" }
  jaeger_storage:
    backends: { store: { ${storage} } }
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${otlp}" } } }
processors: { batch: }
exporters:
  jaeger_storage_exporter: { trace_storage: store }
`

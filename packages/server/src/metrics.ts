import type { Engine } from '@flowstitch/correlator'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { IngestOutcome, Protocol } from './ingest.ts'

/** Notes how one ingest ended. */
export type IngestDone = (outcome: IngestOutcome['kind'], accepted?: number, rejected?: number) => void

/** What the server counts about itself, as Prometheus text. */
export interface ServerMetrics {
  ingestStarted(protocol: Protocol, bytes: number): IngestDone
  liveClients: Gauge
  readonly contentType: string
  text(): Promise<string>
}

/** Metrics of one server; engine numbers are read when someone scrapes. */
export function createMetrics(engine: Engine): ServerMetrics {
  const registry = new Registry()
  const registers = [registry]
  addEngineGauges(engine, registers)
  addProcessGauges(registers)
  const requests = new Counter({
    name: 'flowstitch_ingest_requests_total',
    help: 'OTLP export requests, by protocol and outcome.',
    labelNames: ['protocol', 'outcome'],
    registers,
  })
  const spans = new Counter({
    name: 'flowstitch_ingest_spans_total',
    help: 'Spans in stored requests, by whether they were accepted.',
    labelNames: ['result'],
    registers,
  })
  const bytes = new Counter({
    name: 'flowstitch_ingest_bytes_total',
    help: 'Bytes of OTLP export requests, decompressed.',
    registers,
  })
  const duration = new Histogram({
    name: 'flowstitch_ingest_duration_seconds',
    help: 'Time from a whole request to durable spans.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  })
  const liveClients = new Gauge({ name: 'flowstitch_live_clients', help: 'Open live streams.', registers })

  return {
    liveClients,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    ingestStarted(protocol, size) {
      const stop = duration.startTimer()
      return (outcome, accepted = 0, rejected = 0) => {
        stop()
        bytes.inc(size)
        requests.inc({ protocol, outcome })
        spans.inc({ result: 'accepted' }, accepted)
        spans.inc({ result: 'rejected' }, rejected)
      }
    },
  }
}

function addEngineGauges(engine: Engine, registers: Registry[]): void {
  const gauges = {
    spans: 'Spans in the store.',
    flows: 'Flows in the store.',
    messages: 'Messages in the store.',
    storedBytes: 'Bytes of the store.',
  } as const
  for (const [key, help] of Object.entries(gauges)) {
    const name = `flowstitch_store_${key === 'storedBytes' ? 'bytes' : key}`
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(engine.stats()[key as keyof typeof gauges])
      },
    })
  }
}

function addProcessGauges(registers: Registry[]): void {
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the server.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'User and system time of the server.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.set((user + system) / 1e6)
    },
  })
}

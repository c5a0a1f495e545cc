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
  addEngineGauges(engine, registry)
  addProcessGauges(registry)
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

function addEngineGauges(engine: Engine, registry: Registry): void {
  addGauge(registry, 'flowstitch_store_spans', 'Spans in the store.', () => engine.stats().spans)
  addGauge(registry, 'flowstitch_store_flows', 'Flows in the store.', () => engine.stats().flows)
  addGauge(registry, 'flowstitch_store_messages', 'Messages in the store.', () => engine.stats().messages)
  addGauge(
    registry,
    'flowstitch_store_faults',
    'Chores of the store that fail at the moment, such as sealing or retention; the log says why.',
    () => engine.stats().faults.length,
  )
  addGauge(
    registry,
    'flowstitch_store_damaged_places',
    'Places on disk that were found damaged since the start; the spans there are left out of answers.',
    () => engine.stats().damagedPlaces,
  )
  addGauge(registry, 'flowstitch_store_bytes', 'Bytes of the store.', () => engine.stats().storedBytes)
}

function addProcessGauges(registry: Registry): void {
  const memory = (): number => process.memoryUsage.rss()
  addGauge(registry, 'process_resident_memory_bytes', 'Resident memory of the server.', memory)
  addGauge(registry, 'process_cpu_seconds_total', 'User and system time of the server.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
}

/** A number that is read whenever someone scrapes. */
function addGauge(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read())
    },
  })
  registry.registerMetric(gauge)
}

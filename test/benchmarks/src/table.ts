import type { IngestRow } from './ingest/measure.ts'
import type { MemoryRow } from './memory.ts'
import type { MiddlewareRow } from './middleware.ts'
import { instrumentations } from './scenario.ts'
import type { Summary } from './statistics.ts'

/** The rows as a table in Markdown: nanoseconds a message, over the bare client. */
export function middlewareTable(rows: readonly MiddlewareRow[]): string {
  return [
    '| client, call | SDK | bare | + by hand | + Flowstitch | + official | Flowstitch ÷ by hand | official ÷ Flowstitch |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(({ scenario, sdk, cost }) => {
      const cells = [scenario, sdk, ...instrumentations.map((name) => nanoseconds(cost[name]))]
      const [byHand, own, official] = [cost['by hand'], cost.flowstitch, cost.official]
      return line([...cells, ratio(own.median, byHand.median), ratio(official.median, own.median)])
    }),
  ].join('\n')
}

/** Bytes a message, over the bare client. */
export function memoryTable(rows: readonly MemoryRow[]): string {
  return [
    '| client, call | SDK | bare | + by hand | + Flowstitch | + official |',
    '|---|---|---|---|---|---|',
    ...rows.map(({ scenario, sdk, bytes }) => {
      const over = [bytes['by hand'], bytes.flowstitch, bytes.official].map((value) => value - bytes.bare)
      return line([scenario, sdk, ...[bytes.bare, ...over].map((value) => `${Math.round(value)} B`)])
    }),
  ].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

export function ingestTable(rows: readonly IngestRow[]): string {
  return [
    '| what | spans/s |',
    '|---|---|',
    ...rows.map(({ what, spansPerSecond }) => `| ${what} | ${thousands(spansPerSecond)} |`),
  ].join('\n')
}

function nanoseconds({ median, spread }: Summary): string {
  return `${Math.round(median)} ns ± ${Math.round(spread / 2)}`
}

function thousands({ median, spread }: Summary): string {
  return `${Math.round(median / 1000)} k ± ${Math.round(spread / 2000)} k`
}

/** What is too small to divide by is left out: a few nanoseconds are noise. */
function ratio(of: number, by: number): string {
  return by < 20 ? '–' : (of / by).toFixed(1)
}

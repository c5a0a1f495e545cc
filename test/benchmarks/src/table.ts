import type { IngestRow } from './ingest/measure.ts'
import type { MiddlewareRow } from './middleware.ts'
import type { Summary } from './statistics.ts'

/** The rows as a table in Markdown: nanoseconds a message, over the bare client. */
export function middlewareTable(rows: readonly MiddlewareRow[]): string {
  return [
    '| client, call | SDK | bare | + Flowstitch | + official | official ÷ Flowstitch |',
    '|---|---|---|---|---|---|',
    ...rows.map(({ scenario, sdk, bare, flowstitch, official }) => {
      const cells = [scenario, sdk, nanoseconds(bare), nanoseconds(flowstitch), nanoseconds(official)]
      return `| ${[...cells, ratio(official.median, flowstitch.median)].join(' | ')} |`
    }),
  ].join('\n')
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

// Preloaded with `--import`, as an application's own telemetry is: an SDK, whose spans are kept in a file.
import { writeFileSync } from 'node:fs'
import { recordSpans } from '@flowstitch/testing'

const recorder = recordSpans()

process.once('exit', () => {
  const spans = recorder.spans.map(({ name, kind, attributes, links, instrumentationScope }) => ({
    name,
    kind,
    attributes,
    links: links.length,
    scope: instrumentationScope.name,
  }))
  writeFileSync(process.env['SPANS_FILE']!, JSON.stringify(spans))
})

import type { ReactElement } from 'react'
import { Notice } from '../ui/notice.tsx'

/** The usual OTLP ports; the server prints the real ones when it starts. */
export function EmptyList(): ReactElement {
  const host = location.hostname
  return (
    <Notice title="No flows yet. They appear here as spans arrive.">
      <p>Point any OpenTelemetry SDK, in any language, at this server:</p>
      <pre>
        {`OTEL_EXPORTER_OTLP_ENDPOINT=http://${host}:4318\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n\n# or over gRPC\nOTEL_EXPORTER_OTLP_ENDPOINT=http://${host}:4317\nOTEL_EXPORTER_OTLP_PROTOCOL=grpc`}
      </pre>
      <p>
        Or load a file of spans with <code>flowstitch import FILE</code>. If spans have been sent and nothing
        shows, <code>flowstitch doctor</code> says what is missing.
      </p>
    </Notice>
  )
}

import type { Flow, Step } from '@flowstitch/correlator'

const KINDS: Record<string, number> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }

/** The spans that services would have sent for a flow, as an OTLP/JSON export request. */
export function toOtlp(flow: Flow): string {
  const services = Map.groupBy(flow.steps, (step) => step.service)
  return JSON.stringify({
    resourceSpans: [...services].map(([service, steps]) => ({
      resource: { attributes: attributes({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'viewer-tests' }, spans: steps.map((step) => spanOf(step, flow)) }],
    })),
  })
}

/** Sends the spans of a flow to a server's OTLP/HTTP address. */
export async function sendFlow(otlpHttp: string, flow: Flow): Promise<void> {
  const response = await fetch(`${otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: toOtlp(flow),
  })
  if (!response.ok) throw new Error(`OTLP export failed: ${response.status} ${await response.text()}`)
}

function spanOf(step: Step, flow: Flow): object {
  const links = flow.edges.filter((edge) => edge.messageKey && edge.to.spanId === step.spanId)
  const attempt = flow.messages
    .flatMap((message) => message.attempts)
    .find((candidate) => candidate.step.spanId === step.spanId)
  return {
    traceId: step.traceId,
    spanId: step.spanId,
    parentSpanId: step.parentSpanId ?? '',
    name: step.name,
    kind: KINDS[step.kind] ?? 1,
    startTimeUnixNano: step.startTimeUnixNano,
    endTimeUnixNano: step.endTimeUnixNano,
    attributes: attributes({
      'messaging.operation.type': step.operation,
      'messaging.operation.name': step.operation,
      'messaging.system': step.system,
      'messaging.destination.name': step.destination,
      'messaging.consumer.group.name': attempt?.consumerGroup,
      'error.type': step.errorType,
    }),
    links: links.map(({ from }) => ({ ...from, attributes: [] })),
    status: step.status === 'error' ? { code: 2 } : {},
  }
}

function attributes(values: Record<string, string | undefined>): object[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: { stringValue: value } }],
  )
}

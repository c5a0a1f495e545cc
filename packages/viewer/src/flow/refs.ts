import type { StepRef } from '@flowstitch/correlator'

/** Identifies a step within a flow: span ids alone may repeat across traces. */
export function stepKey(ref: StepRef): string {
  return `${ref.traceId}:${ref.spanId}`
}

/** What a reader has picked in a flow. */
export type Selection = { kind: 'step'; key: string } | { kind: 'message'; key: string }

export function formatSelection(selection: Selection): string {
  return `${selection.kind}:${selection.key}`
}

export function parseSelection(text: string | null): Selection | undefined {
  const match = /^(step|message):(.+)$/.exec(text ?? '')
  return match ? { kind: match[1] as Selection['kind'], key: match[2] ?? '' } : undefined
}

export function stepId(key: string): string {
  return formatSelection({ kind: 'step', key })
}

export function messageId(key: string): string {
  return formatSelection({ kind: 'message', key })
}

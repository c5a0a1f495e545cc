import type { Attempt, Flow, Message, StepRef } from '@flowstitch/correlator'
import type { LogEntry } from '../log.ts'

const sound: Record<string, readonly Attempt['outcome'][]> = {
  handled: ['succeeded'],
  failed: ['failed', 'settled-negatively'],
}

/**
 * Holds a flow against what the services say they did for its order: every message that was sent, every
 * attempt to handle one, and nothing else. The answer says in words what is missing, wrong or foreign.
 */
export function problemsOf(flow: Flow, entries: readonly LogEntry[]): string[] {
  return [
    ...(flow.truncated ? [`it is truncated: ${flow.truncated.reason}`] : []),
    ...(flow.origin.service === 'shop' ? [] : [`it begins in ${flow.origin.service}`]),
    ...stepProblems(flow, entries),
    ...sendingProblems(flow, entries),
    ...attemptProblems(flow, entries),
    ...flow.messages.flatMap((message) => messageProblems(message, flow)),
  ]
}

function stepProblems(flow: Flow, entries: readonly LogEntry[]): string[] {
  const steps = new Set(flow.steps.map(keyOf))
  const handling = new Set(entries.map(keyOfEntry))
  return [
    ...entries
      .filter((entry) => !steps.has(keyOfEntry(entry)))
      .map((entry) => `no step shows: ${said(entry)}`),
    ...flow.steps
      .filter((step) => step.operation === 'process' && !step.shared && !handling.has(keyOf(step)))
      .map((step) => `no service reports the step ${step.name} in ${step.service}`),
  ]
}

/** A message is sent within the step that its service reports. */
function sendingProblems(flow: Flow, entries: readonly LogEntry[]): string[] {
  const parents = new Map(flow.steps.map((step) => [keyOf(step), `${step.traceId}/${step.parentSpanId}`]))
  const sent = flow.messages.map(({ sent }) => (sent && parents.get(keyOf(sent))) ?? 'nobody')
  const reported = entries.filter(({ event }) => event === 'sent')
  return [
    ...reported
      .filter((entry) => !sent.includes(keyOfEntry(entry)))
      .map((entry) => `no message for: ${said(entry)}`),
    ...(sent.length === reported.length
      ? []
      : [`it has ${sent.length} messages where the services report ${reported.length}`]),
  ]
}

function attemptProblems(flow: Flow, entries: readonly LogEntry[]): string[] {
  const attempts = flow.messages.flatMap((message) => message.attempts)
  const reported = entries.filter(({ event }) => event !== 'sent')
  return [
    ...reported.flatMap((entry) => {
      const own = attempts.filter(({ step }) => keyOf(step) === keyOfEntry(entry))
      if (own.length !== 1) return [`${own.length} attempts for: ${said(entry)}`]
      const [{ number, outcome }] = own as [Attempt]
      return number === entry.attempt && sound[entry.event]?.includes(outcome)
        ? []
        : [`attempt ${number}, ${outcome}, for: ${said(entry)}`]
    }),
    ...(attempts.length === reported.length
      ? []
      : [`it has ${attempts.length} attempts where the services report ${reported.length}`]),
  ]
}

function messageProblems({ destination, flowIds, state }: Message, { id }: Flow): string[] {
  return [
    ...(flowIds.join() === id
      ? []
      : [`the message in ${destination} is of the flows ${flowIds.join(', ') || 'none'}`]),
    ...(state === 'processed' || state === 'dead-lettered'
      ? []
      : [`the message in ${destination} is ${state}`]),
  ]
}

export function said({ service, event, queue, attempt }: LogEntry): string {
  return `${service} ${event} ${queue}${attempt === undefined ? '' : `, attempt ${attempt}`}`
}

export function keyOf({ traceId, spanId }: StepRef): string {
  return `${traceId}/${spanId}`
}

function keyOfEntry({ trace, span }: LogEntry): string {
  return `${trace}/${span}`
}

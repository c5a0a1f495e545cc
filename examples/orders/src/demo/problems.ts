import type { Attempt, Flow, Message, Operation, Step, StepRef } from '@flowstitch/correlator'
import type { LogEntry } from '../log.ts'
import { stepOf, type Ledger } from './ledger.ts'

const sound: Record<string, readonly Attempt['outcome'][]> = {
  handled: ['succeeded'],
  failed: ['failed', 'settled-negatively'],
}

/** What may work on messages of several flows at once. */
const shareable: readonly Operation[] = ['receive', 'process', 'settle']

/**
 * Holds an order's flow against what the services say they did: every message that was sent for it, every
 * attempt to handle one, and nothing else. The answer says in words what is missing, wrong or foreign.
 */
export function problemsOf(flow: Flow, order: number, ledger: Ledger): string[] {
  const entries = ledger.of(order)
  return [
    ...(flow.truncated ? [`it is truncated: ${flow.truncated.reason}`] : []),
    ...(flow.origin.service === 'shop' ? [] : [`it begins in ${flow.origin.service}`]),
    ...missingSteps(flow, entries),
    ...flow.steps.flatMap((step) => stepProblems(step, order, ledger)),
    ...sendingProblems(flow, entries),
    ...attemptProblems(flow, entries),
    ...flow.messages.flatMap((message) => messageProblems(message, flow)),
  ]
}

function missingSteps(flow: Flow, entries: readonly LogEntry[]): string[] {
  const steps = new Set(flow.steps.map(keyOf))
  return entries.filter((entry) => !steps.has(stepOf(entry))).map((entry) => `no step for: ${said(entry)}`)
}

function stepProblems(step: Step, order: number, ledger: Ledger): string[] {
  const owner = ledger.orderOf(keyOf(step))
  const name = `${step.name} in ${step.service}`
  if (owner !== undefined && owner !== order) return [`the step ${name} is of order ${owner}`]
  if (step.shared) return step.operation && shareable.includes(step.operation) ? [] : [`${name} is shared`]
  const unknown = step.operation === 'process' && owner === undefined
  return unknown ? [`no service reports the step ${name}`] : []
}

/** A message is sent within the step that its service reports. */
function sendingProblems(flow: Flow, entries: readonly LogEntry[]): string[] {
  const parents = new Map(flow.steps.map((step) => [keyOf(step), `${step.traceId}/${step.parentSpanId}`]))
  const sent = flow.messages.map(({ sent }) => (sent && parents.get(keyOf(sent))) ?? 'nobody')
  const reported = entries.filter(({ event }) => event === 'sent')
  return [
    ...reported
      .filter((entry) => !sent.includes(stepOf(entry)))
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
      const own = attempts.filter(({ step }) => keyOf(step) === stepOf(entry))
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

import type { Span } from '../decode/span.ts'
import type { ShapeStep } from '../model.ts'
import {
  destinationOf,
  KIND_PRODUCER,
  KIND_SERVER,
  nameOfKind,
  systemOf,
  textOf,
} from '../names/messaging.ts'
import { lowCardinality } from './low-cardinality.ts'

/** What a step is, apart from when and for whom, and the text that tells it from others. */
export interface StepKind {
  key: string
  step: ShapeStep
}

/**
 * Whether a step counts for the shape: what takes, hands over or works on a message, and what a service is
 * called for. Work within a service (a query, a cache that was cold, a commit now and then) varies from one
 * run to the next.
 * @param isLinked whether it links to what caused it, as what messages lead to does
 */
export function isTelling(span: Span, isLinked: boolean): boolean {
  const operation = span.operation
  if (operation !== undefined) return operation !== 'settle'
  return isLinked || span.kind === KIND_SERVER || span.kind >= KIND_PRODUCER
}

/** To make a message and to hand it over is one kind, and so is to receive it and to work on it. */
export function kindOf(span: Span): StepKind {
  const operation = span.operation
  const step =
    operation === undefined || operation === 'settle'
      ? { service: span.service, kind: nameOfKind(span.kind), name: lowCardinality(span.name) }
      : messagingStep(span, operation === 'create' || operation === 'send' ? 'send' : 'process')
  return { key: keyOf(step), step }
}

function messagingStep(span: Span, kind: 'send' | 'process'): ShapeStep {
  const { facts, service } = span
  const system = systemOf(facts)
  const name = textOf(facts.destinationTemplate) ?? destinationOf(facts)
  const group = kind === 'process' ? textOf(facts.consumerGroup) : undefined
  return {
    service,
    kind,
    name: name === undefined ? lowCardinality(span.name) : lowCardinality(name),
    ...(system !== undefined && { system }),
    ...(group !== undefined && { consumerGroup: lowCardinality(group) }),
  }
}

function keyOf({ service, kind, name, system, consumerGroup }: ShapeStep): string {
  return JSON.stringify([service, kind, name, system ?? null, consumerGroup ?? null])
}

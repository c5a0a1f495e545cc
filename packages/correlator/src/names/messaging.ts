import type { Operation } from '../model.ts'
import type { JoinConcept } from './join-names.ts'
import { OPERATIONS, SYSTEMS, type Concept } from './table.ts'

/** What an attribute can hold, as far as messaging facts need it. 64-bit integers come as text. */
export type Scalar = string | number | boolean

/** Facts by concept, as found on one span or one of its links. */
export type Facts = { [concept in Exclude<Concept, 'coordinates'>]?: Scalar } & {
  coordinates?: readonly string[]
}

/** OTLP's numbers of the span kinds (trace.proto, `SpanKind`). */
export const KIND_SERVER = 2
const KIND_CLIENT = 3
export const KIND_PRODUCER = 4
export const KIND_CONSUMER = 5

const KIND_NAMES = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

export function nameOfKind(kind: number): string {
  return KIND_NAMES[kind] ?? 'unspecified'
}

/** Whether spans of this kind are looked up by coordinate and message id: those that talk to a broker. */
export function hasJoinKeys(kind: number): boolean {
  return kind >= KIND_CLIENT
}

export function isMessaging(facts: Facts): boolean {
  return facts.system !== undefined || facts.destination !== undefined || facts.operationType !== undefined
}

export function systemOf(facts: Facts): string | undefined {
  const value = textOf(facts.system)
  return value === undefined ? undefined : (SYSTEMS.get(value) ?? value)
}

/** The operation as written, or what the span's kind says about spans of the oldest conventions. */
export function operationOf(facts: Facts, kind: number): Operation | undefined {
  const written = OPERATIONS.get(String(facts.operationType ?? ''))
  if (written) return written
  if (!isMessaging(facts)) return undefined
  if (kind === KIND_PRODUCER) return 'send'
  return kind === KIND_CONSUMER ? 'process' : undefined
}

export function destinationOf(facts: Facts): string | undefined {
  return textOf(facts.destination) ?? lastPart(facts.queueUrl, '/') ?? lastPart(facts.topicArn, ':')
}

/** What the conventions have of the place of a message, by the system's name in them. */
export const COORDINATE_PARTS: ReadonlyMap<string, readonly Exclude<JoinConcept, 'coordinates'>[]> = new Map([
  ['kafka', ['destination', 'partition', 'offset']],
  ['nats', ['natsStream', 'natsSequence']],
  ['aws.sqs', ['destination', 'messageId']],
])

/** Where the broker put the message: as Flowstitch writes it, or made of what the conventions have. */
export function coordinateOf(facts: Facts): string | undefined {
  if (facts.coordinate !== undefined) return String(facts.coordinate)
  const system = systemOf(facts)
  const parts = system === undefined ? undefined : COORDINATE_PARTS.get(system)
  if (!parts) return undefined
  let coordinate = system
  for (const part of parts) {
    const value = part === 'destination' ? destinationOf(facts) : facts[part]
    if (value === undefined) return undefined
    coordinate += `/${value}`
  }
  return coordinate
}

export function textOf(value: Scalar | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : String(value)
}

export function numberOf(value: Scalar | undefined): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Milliseconds, with at most three decimals, as nanoseconds. */
export function nanosOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1000)) * 1000n
}

function lastPart(value: Scalar | undefined, separator: string): string | undefined {
  return value === undefined ? undefined : textOf(String(value).split(separator).at(-1))
}

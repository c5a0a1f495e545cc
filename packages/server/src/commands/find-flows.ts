import type { Flow, FlowSummary } from '@flowstitch/correlator'
import type { Client } from '../client.ts'
import { readFlows } from './read-flows.ts'

const TRACE_ID = /^[0-9a-f]{32}$/i

/** What a name that somebody has leads to: the flow itself, or the several flows that it is part of. */
export type Found = { flow: Flow } | { flows: FlowSummary[] } | undefined

/** Finds flows by flow id, trace id, message id or coordinate, whichever of them `name` turns out to be. */
export async function findFlows(client: Client, name: string): Promise<Found> {
  const known = TRACE_ID.test(name) ? await client.flow(name) : undefined
  if (known) return { flow: known }
  const ids = TRACE_ID.test(name) ? await idsOfTrace(client, name) : await idsOfMessage(client, name)
  const [flow, ...others] = await readFlows(client, ids)
  if (!flow) return undefined
  return others.length === 0 ? { flow } : { flows: [flow, ...others] }
}

async function idsOfTrace(client: Client, traceId: string): Promise<string[]> {
  const { flows } = await client.flowsOfTrace(traceId)
  // Some brokers' and users' message ids are 32 hex digits as well.
  return flows.length > 0 ? flows.map(({ id }) => id) : idsOfMessage(client, traceId)
}

async function idsOfMessage(client: Client, name: string): Promise<string[]> {
  const keys = name.includes('/') ? [{ coordinate: name }, { id: name }] : [{ id: name }]
  for (const key of keys) {
    const { messages } = await client.messages(key)
    const ids = new Set(messages.flatMap(({ flowIds }) => flowIds))
    if (ids.size > 0) return [...ids]
  }
  return []
}

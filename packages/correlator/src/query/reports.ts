import type { TimeRange } from '../engine.ts'
import type { DestinationReport, Topology } from '../model.ts'
import type { Store } from '../store/store.ts'
import { allMessages } from './all-messages.ts'
import { DestinationCounts } from './destinations.ts'
import { TopologyCounts } from './topology.ts'

export async function topologyOf(store: Store, range: TimeRange, deadline: number): Promise<Topology> {
  const counts = new TopologyCounts()
  for await (const { span, messages, spans } of allMessages(store, range, deadline)) {
    counts.addSpan(span, spans)
    for (const message of messages) counts.addMessage(message, ({ step }) => spans.span(step)!.service)
  }
  return counts.topology()
}

export async function destinationsOf(store: Store, deadline: number): Promise<DestinationReport[]> {
  const counts = new DestinationCounts()
  for await (const { messages } of allMessages(store, {}, deadline))
    for (const message of messages) counts.add(message)
  return counts.reports()
}

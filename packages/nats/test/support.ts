import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { jetstreamManager, StorageType } from '@nats-io/jetstream'
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core'
import { connect } from '@nats-io/transport-node'

export function connectNats(): Promise<NatsConnection> {
  return connect({ servers: brokersFromEnvironment().nats, name: 'test' })
}

export function headersOf(record: Readonly<Record<string, string>> = {}): MsgHdrs | undefined {
  if (Object.keys(record).length === 0) return undefined
  const made = headers()
  for (const [name, value] of Object.entries(record)) made.append(name, value)
  return made
}

/** A stream of its own, in memory. */
export async function createStream(
  nc: NatsConnection,
  subjects: (stream: string) => string[],
): Promise<string> {
  const stream = `TEST-${randomUUID()}`
  const manager = await jetstreamManager(nc)
  await manager.streams.add({ name: stream, subjects: subjects(stream), storage: StorageType.Memory })
  return stream
}

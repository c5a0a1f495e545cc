import { randomUUID } from 'node:crypto'
import type * as jetstreamModule from '@nats-io/jetstream'
import type * as transport from '@nats-io/transport-node'
import { Transcript } from './transcript.ts'

interface Loaded {
  readonly connect: typeof transport.connect
  readonly jetstream: typeof jetstreamModule.jetstream
  readonly jetstreamManager: typeof jetstreamModule.jetstreamManager
}

/** A message through NATS, and one through JetStream, with the modules as the program has loaded them. */
export async function tell(...loaded: readonly Loaded[]): Promise<void> {
  const transcript = new Transcript()
  const [{ connect, jetstream, jetstreamManager }] = loaded as [Loaded]
  for (const each of loaded) {
    transcript.note('the modules', [each.connect === connect, each.jetstream === jetstream])
  }
  transcript.noteFunction('connect', connect)
  transcript.noteFunction('jetstream', jetstream)
  await transcript.noteFailure('nobody is there', () => connect({ servers: '127.0.0.1:1', reconnect: false }))
  await transcript.noteFailure('no connection', () =>
    jetstream(undefined as unknown as transport.NatsConnection),
  )

  const nc = await connect({ servers: process.env['FLOWSTITCH_NATS']! })
  transcript.note('the connection', [nc.constructor.name, Object.keys(nc)])
  const subject = `auto-${randomUUID()}`
  const received = new Promise<string>((resolve) => {
    nc.subscribe(subject, { max: 1, callback: (_error, message) => resolve(message.string()) })
  })
  nc.publish(subject, 'hello')
  transcript.note('received', await received)

  const manager = await jetstreamManager(nc)
  const stream = `AUTO-${randomUUID()}`
  await manager.streams.add({ name: stream, subjects: [stream] })
  const js = jetstream(nc)
  transcript.note('JetStream', [js.constructor.name, Object.keys(js)])
  transcript.note('published', [(await js.publish(stream, 'hello')).seq])
  await manager.streams.delete(stream)
  await nc.close()
  transcript.print()
}

import { randomUUID } from 'node:crypto'
import type * as bullmq from 'bullmq'
import { Transcript } from './transcript.ts'

type Loaded = Pick<typeof bullmq, 'FlowProducer' | 'Queue' | 'QueueEvents' | 'Worker'>

/** One job through BullMQ, with the module as the program has loaded it, in one or more ways. */
export async function tell(...loaded: readonly Loaded[]): Promise<void> {
  const transcript = new Transcript()
  const [{ FlowProducer, Queue, QueueEvents, Worker }] = loaded as [Loaded]
  for (const each of loaded) {
    transcript.note('the module', [Object.keys(each), each.Queue === Queue, each.Worker === Worker])
  }
  for (const [name, Class] of Object.entries({ FlowProducer, Queue, Worker }))
    transcript.noteFunction(name, Class)

  const { hostname, port } = new URL(process.env['FLOWSTITCH_REDIS']!)
  const connection = { host: hostname, port: Number(port) }
  class Mails extends Queue<string> {
    readonly kind = 'mail'
  }
  const queue = new Mails(`auto-${randomUUID()}`, { connection })
  transcript.noteInstance('Mails', queue, Mails)
  transcript.note('a Mails is a Queue', queue instanceof Queue)
  await transcript.noteFailure('no name', () => new Queue('', { connection }))

  const job = await queue.add(queue.kind, 'hello')
  transcript.note('added', [job.constructor.name, job.id, job.name, job.opts.telemetry === undefined])
  const events = new QueueEvents(queue.name, { connection, lastEventId: '0' })
  const worker = new Worker<string>(queue.name, async ({ data }) => data.toUpperCase(), { connection })
  transcript.noteInstance('Worker', worker, Worker)
  const completed = await new Promise<{ jobId: string; returnvalue: string }>((resolve) => {
    events.once('completed', resolve)
  })
  transcript.note('completed', [completed.jobId, completed.returnvalue])
  await events.close()
  await worker.close()
  await queue.obliterate({ force: true })
  await queue.close()
  transcript.print()
}

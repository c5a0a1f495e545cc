import { instrumentRedis, processRedis } from '@flowstitch/ioredis'
import { Redis } from 'ioredis'
import { brokers, names } from '../config.ts'
import { log } from '../log.ts'
import { parseOrder } from '../order.ts'

type Entry = [id: string, fields: string[]]
type Reply = [stream: string, entries: Entry[]][] | null

const redis = instrumentRedis(new Redis(brokers.redis))

function nextEntries(): Promise<Reply> {
  const reply = redis.xreadgroup(
    'GROUP',
    'auditor',
    'auditor-1',
    'COUNT',
    50,
    'BLOCK',
    20_000,
    'STREAMS',
    names.audit,
    '>',
  )
  return reply as Promise<Reply>
}

async function audit([id, fields]: Entry): Promise<void> {
  const order = parseOrder(fields[fields.indexOf('order') + 1]!)
  log('handled', { order: order.number, queue: names.audit, attempt: 1 })
  await redis.xack(names.audit, 'auditor', id)
}

log('ready')
for (;;) await processRedis(await nextEntries(), audit)

// A program that pulls its entries, and hands them to the adapter's own function.
import { randomUUID } from 'node:crypto'
import { processRedis } from '@flowstitch/ioredis'
import { Redis } from 'ioredis'

const key = `auto-${randomUUID()}`
const redis = new Redis(process.env.FLOWSTITCH_REDIS)
await redis.xadd(key, '*', 'order', '4711')
const seen = []
await processRedis(await redis.xread('COUNT', 1, 'STREAMS', key, '0'), ([, fields]) =>
  seen.push(fields.join(' ')),
)
await redis.del(key)
redis.disconnect()
console.log(JSON.stringify(seen))

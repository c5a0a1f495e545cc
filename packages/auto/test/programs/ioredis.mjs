import { createRequire } from 'node:module'
import * as namespace from 'ioredis'
import Default, { Cluster, Redis } from 'ioredis'
import { tell } from './stories/ioredis.ts'

const required = createRequire(import.meta.url)('ioredis')
await tell({ Redis, Cluster }, Default, namespace, required, {
  Redis: required,
  Cluster: required.default.Cluster,
})

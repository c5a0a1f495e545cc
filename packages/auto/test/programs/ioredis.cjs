const Redis = require('ioredis')
const { tell } = require('./stories/ioredis.ts')

void tell({ Redis, Cluster: Redis.Cluster }, Redis)

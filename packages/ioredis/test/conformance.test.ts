import { adapterConformance, type Skip } from '@flowstitch/testing'
import { describe } from 'vitest'
import { ioredis, ioredis5 } from './session.ts'

const skip: Skip[] = [
  {
    behaviour: 'a batch makes a create span a message, and one send span with a link to each',
    reason: 'XADD adds one entry; those of a pipeline are commands of their own',
  },
  {
    behaviour:
      'a batch is one span without a parent that links to every message; each message has its own below it',
    reason: 'what is read together has a receive span with the links; entries are handled one by one',
  },
]

adapterConformance(ioredis, { skip })

describe('version 5.0', () => {
  adapterConformance(ioredis5, { skip })
})

import { adapterConformance, type Skip } from '@flowstitch/testing'
import { describe } from 'vitest'
import { amqplib } from './session.ts'

const ONE_BY_ONE = 'AMQP 0-9-1 has no call for several messages, and hands them out one by one'

const skip: readonly Skip[] = [
  ...[
    'a batch makes a create span a message, and one send span with a link to each',
    'a batch without create spans is one producer span, whose context all of its messages carry',
    'a batch is one span without a parent that links to every message; each message has its own below it',
    'H2, H9: every message that one call sends carries a context of its own, not the first alone',
    'what is handed out together, beyond what an SDK keeps of links, is linked to the last message',
  ].map((behaviour) => ({ behaviour, reason: ONE_BY_ONE })),
  {
    behaviour: 'H1: the client waits for an asynchronous handler before it hands out the next message',
    reason: 'amqplib waits for no handler, bare or instrumented',
  },
  {
    behaviour:
      'a call with several destinations names them on create spans and links, and none on its own span',
    reason: 'a publish has one exchange and routing key',
  },
  { behaviour: 'keys are recorded unless the user wants none', reason: 'messages have no key' },
]

adapterConformance(amqplib('amqplib'), { skip })

for (const version of ['amqplib-0.10', 'amqplib-1']) {
  describe(`with ${version}`, () => {
    adapterConformance(amqplib(version), { client: version, skip })
  })
}

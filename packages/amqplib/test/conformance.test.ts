import { adapterConformance } from '@flowstitch/testing'
import { describe } from 'vitest'
import { amqplib, skip } from './session.ts'

adapterConformance(amqplib('amqplib'), { skip })

for (const version of ['amqplib-0.10', 'amqplib-1']) {
  describe(`with ${version}`, () => {
    adapterConformance(amqplib(version), { client: version, skip })
  })
}

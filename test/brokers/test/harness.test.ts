import { brokersFromEnvironment } from '@flowstitch/brokers'
import { expect, test } from 'vitest'

test('gives the tests the address of every broker', () => {
  expect(Object.keys(brokersFromEnvironment()).toSorted()).toEqual(['amqp', 'kafka', 'nats', 'redis', 'sqs'])
})

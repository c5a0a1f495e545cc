import { brokersFromEnvironment, startBrokers } from '@flowstitch/brokers'
import { afterEach, expect, test, vi } from 'vitest'
import { brokersWantedByTests } from '../src/wanted.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('gives the tests the address of every broker', () => {
  expect(Object.keys(brokersFromEnvironment()).toSorted()).toEqual(['amqp', 'kafka', 'nats', 'redis', 'sqs'])
})

test('names the variable that is missing and how to start the brokers, to who needs that broker', () => {
  vi.stubEnv('FLOWSTITCH_NATS', '')
  const brokers = brokersFromEnvironment()
  expect(() => brokers.nats).toThrow(/FLOWSTITCH_NATS not set.*npm run brokers/)
  expect(brokers.redis).toMatch(/^redis:/)
})

test('uses an address of the environment and starts nothing for it', async () => {
  vi.stubEnv('FLOWSTITCH_REDIS', 'redis://somewhere:6379')
  const brokers = await startBrokers({ only: ['redis'] })
  expect(brokers.addresses.redis).toBe('redis://somewhere:6379')
  expect(brokers.started).toEqual({})
  await brokers.stop()
})

test('starts only the brokers that FLOWSTITCH_BROKERS names', () => {
  vi.stubEnv('FLOWSTITCH_BROKERS', 'off')
  expect(brokersWantedByTests()).toEqual([])
  vi.stubEnv('FLOWSTITCH_BROKERS', 'redis,kafka')
  expect(brokersWantedByTests()).toEqual(['redis', 'kafka'])
  vi.stubEnv('FLOWSTITCH_BROKERS', 'redis,mongo')
  expect(() => brokersWantedByTests()).toThrow(/names mongo; it takes off, or some of kafka/)
})

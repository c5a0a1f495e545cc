import { allBrokers, type Broker } from './addresses.ts'

/**
 * The brokers that a test run needs: all, unless `FLOWSTITCH_BROKERS` is `off`, for tests that need none, or
 * names some, as in `kafka,redis`.
 */
export function brokersWantedByTests(): readonly Broker[] {
  const value = process.env['FLOWSTITCH_BROKERS']
  if (!value) return allBrokers
  if (value === 'off') return []
  return value.split(',').map((name) => {
    const broker = allBrokers.find((known) => known === name)
    if (broker) return broker
    throw new Error(`FLOWSTITCH_BROKERS names ${name}; it takes off, or some of ${allBrokers.join(',')}`)
  })
}

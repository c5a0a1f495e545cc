export type Broker = 'kafka' | 'amqp' | 'nats' | 'redis' | 'sqs'

/** Where each broker listens, in the form its clients take: `host:port` for Kafka, URLs for the others. */
export type BrokerAddresses = Record<Broker, string>

export const allBrokers: readonly Broker[] = ['kafka', 'amqp', 'nats', 'redis', 'sqs']

export function variableOf(broker: Broker): string {
  return `FLOWSTITCH_${broker.toUpperCase()}`
}

/** The addresses that the environment gives; absent brokers are left out. */
export function addressesInEnvironment(): Partial<BrokerAddresses> {
  const addresses: Partial<BrokerAddresses> = {}
  for (const broker of allBrokers) {
    const address = process.env[variableOf(broker)]
    if (address) addresses[broker] = address
  }
  return addresses
}

/**
 * The addresses of all five brokers, from `FLOWSTITCH_KAFKA`, `FLOWSTITCH_AMQP`, `FLOWSTITCH_NATS`,
 * `FLOWSTITCH_REDIS` and `FLOWSTITCH_SQS`, as the test set-up leaves them. One that is missing is an error for who
 * asks for that one: a run may do with some.
 */
export function brokersFromEnvironment(): BrokerAddresses {
  const addresses = addressesInEnvironment()
  const all = {} as BrokerAddresses
  for (const broker of allBrokers) {
    Object.defineProperty(all, broker, { enumerable: true, get: () => addresses[broker] ?? missing(broker) })
  }
  return all
}

function missing(broker: Broker): never {
  throw new Error(
    `No address for a broker: ${variableOf(broker)} not set. ` +
      '`npm test` starts the brokers itself; `npm run brokers` starts them and prints these variables.',
  )
}

export function isComplete(addresses: Partial<BrokerAddresses>): addresses is BrokerAddresses {
  return allBrokers.every((broker) => addresses[broker])
}

export function putInEnvironment(addresses: Partial<BrokerAddresses>): void {
  for (const broker of allBrokers) {
    const address = addresses[broker]
    if (address) process.env[variableOf(broker)] = address
  }
}

import { join } from 'node:path'
import { variableOf, type Broker } from './addresses.ts'
import type { Place, Runnable } from './definition.ts'
import { root } from './install/cache.ts'
import { run } from './install/run.ts'

/** What the container of each broker prints once it serves, and how its address is written. */
const services: Record<Broker, { ready: RegExp; scheme: string }> = {
  kafka: { ready: /Kafka Server started/, scheme: '' },
  amqp: { ready: /Server startup complete/, scheme: 'amqp://' },
  nats: { ready: /Server is ready/, scheme: 'nats://' },
  redis: { ready: /Ready to accept connections/, scheme: 'redis://' },
  sqs: { ready: /=== ElasticMQ server .* started/, scheme: 'http://' },
}

export async function engineAnswers(): Promise<boolean> {
  return (await run('docker', ['compose', 'version'])).ok && (await run('docker', ['info'])).ok
}

/** A broker of docker-compose.yml, in a container that goes when its process in the foreground goes. */
export function composeRunnable(broker: Broker): Runnable {
  const { ready, scheme } = services[broker]
  return {
    portCount: 1,
    addressAt: ({ ports: [port] }) => `${scheme}127.0.0.1:${port}`,
    async prepare() {},
    commands: ({ ports: [port] }: Place) => [
      {
        file: 'docker',
        args: [
          'compose',
          '-f',
          join(root, 'docker-compose.yml'),
          '-p',
          `flowstitch-${broker}-${port}`,
          'run',
          '--rm',
          '--service-ports',
          '-T',
          broker,
        ],
        env: { [`${variableOf(broker)}_PORT`]: `${port}` },
        ready,
        endWith: 'TERM',
      },
    ],
  }
}

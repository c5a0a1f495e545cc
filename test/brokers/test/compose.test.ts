import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { allBrokers } from '../src/addresses.ts'
import { composeRunnable } from '../src/compose.ts'
import { definitions } from '../src/definitions.ts'

const compose = await readFile(new URL('../../../docker-compose.yml', import.meta.url), 'utf8')

/** The lines of a service, up to the next one. */
function service(name: string): string {
  return new RegExp(`^  ${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? ''
}

test.each(allBrokers)('%s has a pinned container that listens on loopback alone', (broker) => {
  expect(service(broker)).toMatch(/image: \S+:\d+\.\d+\.\d+/)
  expect(service(broker)).toMatch(/ports: \['127\.0\.0\.1:/)
  expect(service(broker)).toContain('healthcheck:')
})

test.each(['kafka', 'nats', 'sqs'] as const)('%s has the version that the harness installs', (broker) => {
  const [version] = /\d+\.\d+\.\d+/.exec(definitions[broker].title)!
  expect(service(broker)).toContain(`:${version}`)
})

test.each(allBrokers)('the port of %s can be given to its container', (broker) => {
  const [command] = composeRunnable(broker).commands({ directory: '', ports: [23_456], durable: false })
  const [[variable, port]] = Object.entries(command!.env!) as [[string, string]]
  expect(port).toBe('23456')
  expect(service(broker)).toContain(`\${${variable}:-`)
})

import type { Random } from './random.ts'
import type { Attributes } from './span.ts'

/** A span has at least this many attributes, as in services whose instrumentations are all switched on. */
const ATTRIBUTES = 11

/** A span's attributes, and as many of no meaning as it lacks. */
export function filled(attributes: Attributes, random: Random): Attributes {
  const all: Attributes = { ...attributes }
  let missing = ATTRIBUTES - Object.keys(attributes).length
  for (const [name, value] of fillers(random.next())) {
    if (missing <= 0) break
    all[name] = value
    missing--
  }
  return all
}

function fillers(number: number): [string, string | number][] {
  return [
    ['server.address', '10.0.0.17'],
    ['server.port', 9092],
    ['thread.id', number % 64],
    ['tier', number % 3 === 0 ? 'gold' : 'plain'],
    ['customer.id', `customer-${number % 100_000}`],
    ['tenant', number % 40],
    ['region', 'eu-central-1'],
    ['build', 2026],
    ['flags', number % 5],
    ['weight', number % 900],
    ['retries.left', 3],
  ]
}

import { messaging, type Told } from './story.ts'

/** Who gets each order, and how long after it was sent. */
export const CONSUMERS = { billing: 10, mail: 20, search: 30, stock: 40, stats: 50 } as const
export type Consumer = keyof typeof CONSUMERS

export const everybody: readonly Consumer[] = Object.keys(CONSUMERS) as Consumer[]

/** An order that goes to several groups, each of which does something in a trace of its own. */
export function order(
  name: string,
  { at = 0, consumers = everybody }: { at?: number; consumers?: readonly Consumer[] } = {},
): Told[] {
  const got = consumers.flatMap((consumer): Told[] => [
    {
      id: `${name}-${consumer}/process`,
      links: [`${name}/send`],
      kind: 'consumer',
      service: consumer,
      at: at + CONSUMERS[consumer],
      attributes: messaging('process', 'orders', { 'messaging.consumer.group.name': consumer }),
    },
    { id: `${name}-${consumer}/work`, parent: `${name}-${consumer}/process`, service: consumer, at: at + 60 },
  ])
  return [
    { id: `${name}/post`, name: 'POST /orders', kind: 'server', at, for: 5 },
    {
      id: `${name}/send`,
      parent: `${name}/post`,
      kind: 'producer',
      at: at + 1,
      attributes: messaging('send', 'orders'),
    },
    ...got,
  ]
}

/** That many orders, a second apart. */
export function orders(count: number): Told[] {
  return Array.from({ length: count }, (_, number) => order(`o${number}`, { at: number * 1000 })).flat()
}

import { expect, test } from 'vitest'
import { Deliveries } from '../../src/rabbitmq/deliveries.ts'

const destination = { name: 'orders' }

function inHand(count: number): Deliveries {
  const deliveries = new Deliveries()
  for (let tag = 1; tag <= count; tag++) {
    deliveries.add({ tag, destination, processing: undefined, endsWhenSettled: false })
  }
  return deliveries
}

test.each([
  { tag: 2, multiple: false, tags: [2] },
  { tag: 2, multiple: true, tags: [1, 2] },
  { tag: 0, multiple: true, tags: [1, 2, 3] },
  { tag: 9, multiple: true, tags: [1, 2, 3] },
  { tag: 9, multiple: false, tags: [] },
  { tag: 0, multiple: false, tags: [] },
  { tag: NaN, multiple: true, tags: [] },
])('tag $tag, multiple $multiple, is about $tags of three', ({ tag, multiple, tags }) => {
  expect(
    inHand(3)
      .settledBy(tag, multiple)
      .map((delivery) => delivery.tag),
  ).toEqual(tags)
})

test('R6: to settle one of very many deliveries is no search', () => {
  const count = 200_000
  const deliveries = inHand(count)
  const start = process.cpuUsage()
  for (let tag = count; tag > 0; tag--) {
    for (const delivery of deliveries.settledBy(tag, false)) deliveries.settled(delivery)
  }
  const { user, system } = process.cpuUsage(start)
  expect(deliveries.none).toBe(true)
  // A search through what is left would take minutes.
  expect((user + system) / 1e6).toBeLessThan(5)
})

import { expect, test } from 'vitest'
import { serviceColor } from '../src/ui/colors.ts'

test('services look alike only when there are more of them than colours, and keep their colour', () => {
  const names = Array.from({ length: 12 }, (_, n) => `service ${n}`)
  const colors = names.map(serviceColor)
  expect(new Set(colors).size).toBe(12)
  expect(serviceColor('one more')).toMatch(/^var\(--service-\d+\)$/)
  expect(names.map(serviceColor)).toEqual(colors)
})

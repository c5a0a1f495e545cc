import type { Teller } from '../teller.ts'

/** Tells something that happens from `at` on, in microseconds of the virtual clock. */
export type Story = (teller: Teller, at: number) => void

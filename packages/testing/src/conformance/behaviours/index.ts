import type { Behaviour } from '../behaviour.ts'
import { batches } from './batches.ts'
import { faults } from './faults.ts'
import { handling } from './handling.ts'
import { harmless } from './harmless.ts'
import { measuring } from './measuring.ts'
import { messages } from './messages.ts'
import { options } from './options.ts'
import { relations } from './relations.ts'
import { sending } from './sending.ts'
import { settling } from './settling.ts'

/** All that every adapter is held to, in the order of the report. */
export const behaviours: readonly Behaviour[] = [
  ...sending,
  ...messages,
  ...batches,
  ...relations,
  ...handling,
  ...settling,
  ...measuring,
  ...options,
  ...faults,
  ...harmless,
]

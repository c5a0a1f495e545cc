import { joinSlotOf } from '../names/join-names.ts'
import { COORDINATE_PARTS } from '../names/messaging.ts'
import { Spellings } from '../names/spellings.ts'
import { SYSTEMS } from '../names/table.ts'
import type { JoinValues } from './join-values.ts'

interface Form {
  system: Buffer
  slots: readonly number[]
}

const SLASH = 0x2f
const SYSTEM = joinSlotOf('system')
const COORDINATE = joinSlotOf('coordinate')

const FORMS = new Spellings(
  [...COORDINATE_PARTS].flatMap(([system, parts]) => {
    const form: Form = { system: Buffer.from(system), slots: parts.map(joinSlotOf) }
    const aliases = [...SYSTEMS].filter(([, canonical]) => canonical === system).map(([alias]) => alias)
    return [system, ...aliases].map((name): [string, Form] => [name, form])
  }),
)

/**
 * `coordinateOf`, in bytes. Answers the length of what it wrote, 0 where there is no coordinate, and -1 where
 * only `coordinateOf` can tell.
 */
export function writeCoordinate(values: JoinValues, into: Uint8Array): number {
  if (values.has(COORDINATE)) return values.write(COORDINATE, into, 0)
  const form = values.spelt(SYSTEM, FORMS)
  if (!form) return 0
  into.set(form.system)
  let at = form.system.length
  for (const slot of form.slots) {
    into[at] = SLASH
    at = values.write(slot, into, at + 1)
    if (at < 0) return -1
  }
  return at
}

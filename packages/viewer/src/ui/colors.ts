/** How many service colours the style sheet has. */
const SLOTS = 10

/**
 * A colour slot for each name: the same name gets the same colour on every page where it can, and two
 * names of one page share a colour only when there are more names than colours.
 */
export function colorSlots(names: readonly string[]): Map<string, number> {
  const slots = new Map<string, number>()
  const taken = new Set<number>()
  for (const name of [...new Set(names)].sort()) {
    let slot = hash(name) % SLOTS
    for (let tries = 0; taken.has(slot) && tries < SLOTS; tries += 1) slot = (slot + 1) % SLOTS
    taken.add(slot)
    if (taken.size === SLOTS) taken.clear()
    slots.set(name, slot)
  }
  return slots
}

export function slotColor(slot: number | undefined): string {
  return `var(--service-${slot ?? 0})`
}

function hash(text: string): number {
  let value = 2166136261
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16777619) >>> 0
  return value
}

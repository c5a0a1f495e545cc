/** How many service colours the style sheet has. */
const SLOTS = 12

const slots = new Map<string, number>()
const uses = Array.from({ length: SLOTS }, () => 0)

/**
 * The colour of a service, the same on every page of this tab. Its name chooses; among colours that are
 * taken more often than others, the next one is chosen, so that two services look alike only when there
 * are more services than colours.
 */
export function serviceColor(service: string): string {
  const slot = slots.get(service) ?? takeSlot(service)
  return `var(--service-${slot})`
}

function takeSlot(service: string): number {
  const fewest = Math.min(...uses)
  let slot = hash(service) % SLOTS
  while ((uses[slot] ?? 0) > fewest) slot = (slot + 1) % SLOTS
  uses[slot] = fewest + 1
  slots.set(service, slot)
  return slot
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 2166136261
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16777619) >>> 0
  return value
}

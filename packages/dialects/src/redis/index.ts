export { entriesOf, readOf, streamsOf } from './reading.ts'
export { firstField } from './adding.ts'
export { isEntry, isEntryId, placeFacts, sizeFacts } from './entry.ts'
export { receivedCarrier, sentCarrier, takeContext } from './carrier.ts'
export { textOf } from './text.ts'

export type { Read, StreamEntries } from './reading.ts'
export type { RedisEntry, RedisOutgoing } from './entry.ts'
export type { RedisText } from './text.ts'

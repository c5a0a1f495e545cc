export { deliveryFacts, MSG_ID, storedFacts } from './jetstream.ts'
export { fittingFields } from './room.ts'
export { isForAcknowledgement, isInbox, isOfServer, subjectDestination, templateOf } from './subjects.ts'
export { serverEndpoint } from './server.ts'

export type { DeliveryInfo, Stored } from './jetstream.ts'
export type { Sized } from './room.ts'

export { acknowledge } from './settling.ts'
export { entriesOf, readOf, streamsOf } from './reading.ts'
export { firstField } from './adding.ts'
export { firstPayload, popOf } from './lists.ts'
export { isEntry, isEntryId, placeFacts, sizeFacts } from './entry.ts'
export { codecOf } from './payload.ts'
export {
  payloadFacts,
  receivedMessage,
  receivedPayloadCarrier,
  sentMessage,
  sentPayloadCarrier,
} from './message.ts'
export { popPayloads, readEntries } from './receiving.ts'
export { processEntries, processEntry, processValue } from './handling.ts'
export { receivedCarrier, sentCarrier, takeContext } from './carrier.ts'
export { RedisKernel } from './kernel.ts'
export { removeMoved } from './moving.ts'
export { sendEntry, sendPayloads } from './sending.ts'
export { textOf } from './text.ts'

export type { Exchange, RedisCommand, SeenReply } from './command.ts'
export type {
  ExtractedPayload,
  PayloadCodec,
  PayloadFormat,
  PayloadFormats,
  PayloadHeaders,
} from './payload.ts'
export type { Pop } from './lists.ts'
export type { Read, StreamEntries } from './reading.ts'
export type { RedisEntry, RedisOutgoing } from './entry.ts'
export type { RedisMessage, SentMessage } from './message.ts'
export type { RedisOptions, RedisTracing } from './kernel.ts'
export type { RedisSource } from './handling.ts'
export type { RedisText } from './text.ts'

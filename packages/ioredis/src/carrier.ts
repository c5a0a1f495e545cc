/** The context stands in payloads, which are the same for every client. */
export { receivedPayloadCarrier } from '@flowstitch/dialects/redis'

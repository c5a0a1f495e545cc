/** The context stands in fields of entries, which are the same for every client. */
export { receivedCarrier, sentCarrier, takeContext } from '@flowstitch/dialects/redis'

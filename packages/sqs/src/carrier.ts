/** Headers are in the attributes of messages, which are the same for every client. */
export { receivedCarrier, sendingCarrier } from '@flowstitch/dialects/sqs'

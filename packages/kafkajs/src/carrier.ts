/** kafkajs has the headers of messages, those that came and those that are sent, by their names. */
export { headerCarrier as carrier } from '@flowstitch/dialects/kafka'

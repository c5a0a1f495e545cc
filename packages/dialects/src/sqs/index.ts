export { attributeText } from './attributes.ts'
export { DATADOG_ATTRIBUTE } from './datadog.ts'
export { destinationOf, nameInArn, queueEndpoint, queueName } from './names.ts'
export { receivedCarrier } from './received.ts'
export { receivedFacts, rememberHidden, sizeFacts } from './message.ts'
export { snsCarrier, snsFacts } from './sns.ts'

export type { Hidden, SqsMessage } from './message.ts'
export type { SnsRecord } from './sns.ts'

const { env } = process

/** Where the brokers listen; the defaults are the ports of docker-compose.yml. */
export const brokers = {
  kafka: env['FLOWSTITCH_KAFKA'] ?? '127.0.0.1:9092',
  amqp: env['FLOWSTITCH_AMQP'] ?? 'amqp://127.0.0.1:5672',
  sqs: env['FLOWSTITCH_SQS'] ?? 'http://127.0.0.1:9324',
  nats: env['FLOWSTITCH_NATS'] ?? 'nats://127.0.0.1:4222',
  redis: env['FLOWSTITCH_REDIS'] ?? 'redis://127.0.0.1:6379',
}

/** ElasticMQ takes any credentials; on AWS, leave all this to the SDK's own defaults. */
export const sqsConfig = {
  endpoint: brokers.sqs,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
}

/** On brokers that others use too, a prefix keeps one run apart from the next. */
const prefix = env['ORDERS_PREFIX'] ?? ''

export const names = {
  orders: `${prefix}orders`,
  payments: `${prefix}payments`,
  deadPayments: `${prefix}payments.dead`,
  shipping: `${prefix}shipping`,
  notifications: `${prefix}notifications`,
  audit: `${prefix}audit`,
}

/** Of the topic `orders`. */
export const partitions = Number(env['ORDERS_PARTITIONS'] ?? 3)

export const shippingUrl = new URL(`/000000000000/${names.shipping}`, brokers.sqs).href

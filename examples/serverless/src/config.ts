/** On AWS, leave all this to the SDK's own defaults; ElasticMQ takes any credentials. */
export const sqsConfig = {
  endpoint: process.env['FLOWSTITCH_SQS'] ?? 'http://127.0.0.1:9324',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
}

/** On a broker that others use too, a prefix keeps one run apart from the next. */
const prefix = process.env['SERVERLESS_PREFIX'] ?? ''

export const queues = { orders: `${prefix}orders`, receipts: `${prefix}receipts` }

export function urlOf(queue: string): string {
  return new URL(`/000000000000/${queue}`, sqsConfig.endpoint).href
}

export interface Order {
  readonly number: number
}

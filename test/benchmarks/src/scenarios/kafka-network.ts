import { instrumentKafka } from '@flowstitch/kafkajs'
import type { InstrumentationOptions } from '@flowstitch/core'
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs'
import kafkajs from 'kafkajs'
import type { Consumer, ConsumerRunConfig, Kafka, KafkaMessage, Producer } from 'kafkajs'
import { patchModule } from '../official.ts'
import { broker, type Instrumentation } from '../scenario.ts'

/** What the broker answers to a send. */
const METADATA = [{ topicName: 'orders', partition: 0, errorCode: 0, baseOffset: '42' }]
/** kafkajs tells whoever listens of each request. */
const request = {
  payload: { clientId: 'bench', broker: `${broker.host}:${broker.port}`, apiName: 'Produce', duration: 1 },
}
type Listener = (event: typeof request) => void

function emitterOf(listeners: Set<Listener>) {
  return {
    events: { REQUEST: 'network.request' },
    on(name: string, listener: Listener) {
      if (name !== 'network.request') return () => {}
      listeners.add(listener)
      queueMicrotask(() => listener(request))
      return () => listeners.delete(listener)
    },
  }
}

function stubProducer(): Producer {
  const listeners = new Set<Listener>()
  const answer = async (): Promise<typeof METADATA> => {
    if (listeners.size > 0) for (const listener of listeners) listener(request)
    return METADATA
  }
  return { ...emitterOf(listeners), send: answer, sendBatch: answer } as unknown as Producer
}

/** A kafkajs whose clients have no network: a send is answered at once, and a run just keeps its handlers. */
export function kafkaOf(
  instrumentation: Instrumentation,
  options: InstrumentationOptions,
): {
  kafka: Kafka
  handlers: () => ConsumerRunConfig
} {
  let config: ConsumerRunConfig | undefined
  Object.assign(kafkajs.Kafka.prototype, {
    producer: stubProducer,
    consumer: () =>
      ({
        ...emitterOf(new Set()),
        run: async (given: ConsumerRunConfig) => void (config = given),
      }) as unknown as Consumer,
  })
  if (instrumentation === 'official') patchModule(new KafkaJsInstrumentation(), kafkajs)
  const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:9'] })
  return {
    kafka: instrumentation === 'flowstitch' ? instrumentKafka(kafka, options) : kafka,
    handlers() {
      if (!config) throw new Error('the consumer is not running')
      return config
    },
  }
}

/** A message as kafkajs hands it out, with the context that a producer would have put on it. */
export function received(offset: number): KafkaMessage {
  const spanId = (offset + 1).toString(16).padStart(16, '0')
  return {
    key: Buffer.from(`order-${offset}`),
    value: Buffer.from('{"order":42}'),
    timestamp: String(Date.now()),
    attributes: 0,
    offset: String(offset),
    headers: { traceparent: Buffer.from(`00-${'a'.repeat(32)}-${spanId}-01`) },
  }
}

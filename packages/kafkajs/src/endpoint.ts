import { guard, type Endpoint } from '@flowstitch/core'
import { brokerEndpoint } from '@flowstitch/dialects/kafka'
import type { Consumer, ConsumerGroupJoinEvent, Producer, RequestEvent } from 'kafkajs'

/** What is known by now of a client and its broker. */
export type EndpointOf = () => Endpoint

/** A client, as it tells of one kind of event. */
export interface Emitter<Event> {
  readonly on: (name: string, listener: (event: Event) => void) => () => void
}

/** kafkajs keeps its configuration to itself; its first request tells the client's id and a broker's address. */
export function watchProducer(producer: Producer): EndpointOf {
  let endpoint: Endpoint = {}
  guard('watching a kafkajs client', () => onFirstRequest(producer, (found) => (endpoint = found)), undefined)
  return () => endpoint
}

/** The same for a consumer, whose group is known beforehand or from when it joins it. */
export function watchConsumer(consumer: Consumer, groupId?: string): EndpointOf {
  let endpoint: Endpoint = { consumerGroup: groupId }
  const learn = (found: Endpoint): void => {
    endpoint = { ...endpoint, ...found }
  }
  guard(
    'watching a kafkajs client',
    () => {
      onFirstRequest(consumer, learn)
      const emitter = consumer as Emitter<ConsumerGroupJoinEvent>
      emitter.on(consumer.events.GROUP_JOIN, ({ payload }) => learn({ consumerGroup: payload.groupId }))
    },
    undefined,
  )
  return () => endpoint
}

function onFirstRequest(client: Producer | Consumer, learn: (endpoint: Endpoint) => void): void {
  const emitter = client as Emitter<RequestEvent>
  const stop = emitter.on(client.events.REQUEST, ({ payload: { clientId, broker } }) => {
    learn({ clientId, ...brokerEndpoint(broker) })
    stop()
  })
}

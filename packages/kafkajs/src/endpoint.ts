import { guard, type Endpoint } from '@flowstitch/core'
import type { Consumer, Producer, RequestEvent } from 'kafkajs'

/** What is known by now of a client and its broker. */
export type EndpointOf = () => Endpoint

/** kafkajs keeps its configuration to itself; its first request tells the client's id and a broker's address. */
export function watchEndpoint(client: Producer | Consumer, consumerGroup?: string): EndpointOf {
  let endpoint: Endpoint = { consumerGroup }
  const listen = client.on as (event: string, listener: (event: RequestEvent) => void) => () => void
  guard(
    'watching a kafkajs client',
    () => {
      const stop = listen(client.events.REQUEST, ({ payload: { clientId, broker } }) => {
        const portAt = broker.lastIndexOf(':')
        const serverPort = Number(broker.slice(portAt + 1))
        endpoint = { consumerGroup, clientId, serverAddress: broker.slice(0, portAt), serverPort }
        stop()
      })
    },
    undefined,
  )
  return () => endpoint
}

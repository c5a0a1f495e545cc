import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { onTestFinished } from 'vitest'

/** A way to the broker that a test can hold up, and cut. */
export interface Cable {
  readonly url: string
  /** From now on nothing that the broker says arrives. */
  holdAnswers(): void
  cut(): void
}

export async function openCable(): Promise<Cable> {
  const url = new URL(brokersFromEnvironment().amqp)
  const { hostname, port } = url
  const ends: [client: Socket, broker: Socket][] = []
  const server = createServer((client) => {
    const broker = connect(Number(port), hostname)
    ends.push([client, broker])
    for (const end of [client, broker]) end.on('error', () => {})
    client.pipe(broker)
    broker.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const end of ends.flat()) end.destroy()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  url.port = String((server.address() as AddressInfo).port)
  url.searchParams.set('heartbeat', '0')
  return {
    url: url.href,
    cut,
    holdAnswers() {
      for (const [client, broker] of ends) broker.unpipe(client)
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the range that the kernel takes client ports from: a client that retries against a broker that is
// down could otherwise be given the broker's own port, connect to itself and keep the broker from coming back.
const first = 20_000
const last = 32_000

const given = new Set<number>()

/** Ports on loopback that are free now and that this process has not given to anybody else. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = first + Math.floor(Math.random() * (last - first))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

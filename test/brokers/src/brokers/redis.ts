import type { BrokerDefinition, Runnable } from '../definition.ts'
import { installPackages } from '../install/apt.ts'
import { findOnPath } from '../install/find.ts'

export const redis: BrokerDefinition = {
  broker: 'redis',
  title: 'Redis',
  async find() {
    const file = await findOnPath('redis-server')
    return file ? runnable(file) : undefined
  },
  install: (log) => installPackages(['redis-server'], log),
}

function runnable(file: string): Runnable {
  return {
    portCount: 1,
    addressAt: ({ ports: [port] }) => `redis://127.0.0.1:${port}`,
    async prepare() {},
    commands: ({ directory, ports: [port] }) => [
      {
        file,
        args: ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', directory, ...durability],
        ready: /Ready to accept connections/,
      },
    ],
  }
}

/**
 * A broker that a test kills keeps what it had confirmed. `everysec` would answer before it writes, for up to two
 * seconds, while it waits for the disk; what is written outlives the process, with the disk or without.
 */
const durability = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no']

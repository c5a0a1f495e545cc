import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrokerDefinition, Place, Runnable } from '../definition.ts'
import { installPackages } from '../install/apt.ts'
import { findOnPath, isExecutable } from '../install/find.ts'

// Debian's own `rabbitmq-server` changes the user and insists on the system's folders; this is what it calls.
const debian = '/usr/lib/rabbitmq/bin/rabbitmq-server'

export const amqp: BrokerDefinition = {
  broker: 'amqp',
  title: 'RabbitMQ',
  async find() {
    const server = (await isExecutable(debian)) ? debian : await findOnPath('rabbitmq-server')
    const epmd = await findOnPath('epmd')
    return server && epmd ? runnable(server, epmd) : undefined
  },
  install: (log) => installPackages(['rabbitmq-server'], log),
}

function runnable(server: string, epmd: string): Runnable {
  return {
    portCount: 3,
    addressAt: ({ ports: [port] }) => `amqp://127.0.0.1:${port}`,
    prepare,
    commands: (place) => [
      // Started here because the daemon that Erlang would start outlives the broker.
      {
        file: epmd,
        args: ['-d', '-d', '-address', '127.0.0.1', '-port', `${place.ports[2]}`],
        ready: /entering the main select\(\) loop/,
      },
      { file: server, args: [], env: environment(place), ready: /completed with \d+ plugins/ },
    ],
  }
}

async function prepare({ directory, ports: [port] }: Place): Promise<void> {
  for (const folder of ['home', 'mnesia', 'log']) await mkdir(join(directory, folder), { recursive: true })
  await writeFile(join(directory, 'enabled_plugins'), '[].')
  await writeFile(join(directory, 'rabbitmq.conf'), settings(port!))
}

const settings = (port: number) => `
listeners.tcp.1 = 127.0.0.1:${port}
distribution.listener.interface = 127.0.0.1
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 50MB
log.console = false
log.file.level = info
`

function environment({ directory, ports: [port, distribution, epmd] }: Place): Record<string, string> {
  return {
    HOME: join(directory, 'home'),
    RABBITMQ_NODENAME: `flowstitch_${port}@localhost`,
    RABBITMQ_USE_LONGNAME: 'false',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: `${distribution}`,
    ERL_CRASH_DUMP: join(directory, 'erl_crash.dump'),
    ERL_EPMD_PORT: `${epmd}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Where the daemon above was killed a moment before the broker, Erlang would start one that stays.
    ERL_AFLAGS: '-start_epmd false',
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_PID_FILE: join(directory, 'rabbit.pid'),
    // Two schedulers that do not spin while they wait.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none',
  }
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrokerDefinition, Place, Runnable } from '../definition.ts'
import { inCache } from '../install/cache.ts'
import { findOnPath, isExecutable } from '../install/find.ts'
import { installJars } from '../install/maven.ts'
import { frugal } from '../java.ts'

const version = '1.7.1'
const jars = inCache(`elasticmq-${version}`)

export const sqs: BrokerDefinition = {
  broker: 'sqs',
  title: `ElasticMQ ${version}`,
  async find() {
    const java = await findOnPath('java')
    return java && (await isExecutable(jars)) ? runnable(java) : undefined
  },
  install: (log) =>
    installJars(`ElasticMQ ${version}`, new URL('elasticmq.pom.xml', import.meta.url), jars, log),
}

function runnable(java: string): Runnable {
  return {
    portCount: 1,
    addressAt: ({ ports: [port] }) => `http://127.0.0.1:${port}`,
    prepare: (place) => writeFile(join(place.directory, 'elasticmq.conf'), settings(place)),
    commands: ({ directory }) => [
      {
        file: java,
        args: [
          '-Xms64m',
          '-Xmx256m',
          ...frugal,
          `-Dconfig.file=${join(directory, 'elasticmq.conf')}`,
          '-cp',
          join(jars, '*'),
          'org.elasticmq.server.Main',
        ],
        ready: /=== ElasticMQ server .* started/,
      },
    ],
  }
}

const settings = ({ directory, ports: [port], durable }: Place) => `
include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }
rest-stats { enabled = false }
generate-node-address = false
queues { }
messages-storage {
  enabled = ${durable}
  driver-class = "org.h2.Driver"
  # Without a delay H2 writes what it confirms.
  uri = "jdbc:h2:${join(directory, 'messages')};WRITE_DELAY=0"
  username = ""
  password = ""
}
aws { region = us-east-1, accountId = 000000000000 }
`

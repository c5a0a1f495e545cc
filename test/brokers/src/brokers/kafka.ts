import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { BrokerDefinition, Place, Runnable } from '../definition.ts'
import { inCache } from '../install/cache.ts'
import { findOnPath, isExecutable } from '../install/find.ts'
import { installJars } from '../install/maven.ts'
import { frugal } from '../java.ts'

const version = '4.3.1'
const jars = inCache(`kafka-${version}`)

export const kafka: BrokerDefinition = {
  broker: 'kafka',
  title: `Kafka ${version}`,
  async find() {
    const java = await findOnPath('java')
    return java && (await isExecutable(jars)) ? runnable(java) : undefined
  },
  install: (log) => installJars(`Kafka ${version}`, new URL('kafka.pom.xml', import.meta.url), jars, log),
}

function runnable(java: string): Runnable {
  return {
    portCount: 2,
    addressAt: ({ ports: [port] }) => `127.0.0.1:${port}`,
    async prepare(place) {
      await writeFile(join(place.directory, 'server.properties'), settings(place))
      await writeFile(join(place.directory, 'log4j2.properties'), logging)
    },
    commands: ({ directory }) => [
      {
        file: 'sh',
        args: ['-c', formatAndServe, java, join(jars, '*'), directory, newClusterId()],
        ready: /Kafka Server started/,
      },
    ],
    warmUp: makeGroupCoordinator,
  }
}

const formatAndServe = `
  set -e
  [ -e "$2/data/meta.properties" ] || "$0" ${frugal.join(' ')} -cp "$1" \
    kafka.tools.StorageTool format -t "$3" -c "$2/server.properties"
  exec "$0" -Xms256m -Xmx384m ${frugal.join(' ')} -Dlog4j2.configurationFile="file:$2/log4j2.properties" -cp "$1" \
    kafka.Kafka "$2/server.properties"
`

/** The 22 characters of a UUID in base64url; the tools take one that begins with a dash for an option. */
function newClusterId(): string {
  return `f${randomBytes(16).toString('base64url').slice(1)}`
}

/** Otherwise the first consumer group waits for the topic of offsets to be made. */
async function makeGroupCoordinator(address: string): Promise<void> {
  const client = new Kafka({ clientId: 'flowstitch-brokers', brokers: [address], logLevel: logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.describeGroups(['flowstitch-warm-up'])
  await admin.disconnect()
}

const settings = ({ directory, ports: [port, controller] }: Place) => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
# A killed broker may come back once its old session has run out.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.dirs=${join(directory, 'data')}
num.partitions=3
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.enable=false
num.network.threads=1
num.io.threads=2
`

const logging = `
appender.stdout.type=Console
appender.stdout.name=stdout
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.stdout.ref=stdout
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=INFO
`

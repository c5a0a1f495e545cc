// A process that starts brokers, says where they are, and then does nothing at all.
import { startBrokers, type Broker } from '@flowstitch/brokers'

process.on('SIGINT', () => {})
const brokers = await startBrokers({ own: true, only: process.argv.slice(2) as Broker[] })
console.log(JSON.stringify({ addresses: brokers.addresses, directory: brokers.directory }))
setInterval(() => {}, 2 ** 30)

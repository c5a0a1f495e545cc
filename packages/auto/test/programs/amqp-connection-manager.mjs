import * as manager from 'amqp-connection-manager'
import { tell } from './stories/amqp-connection-manager.ts'

await tell(manager)

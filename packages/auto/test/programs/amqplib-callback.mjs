import * as callback from 'amqplib/callback_api'
import { tell } from './stories/amqplib-callback.ts'

await tell(callback)

const { tell } = require('./stories/amqplib-callback.ts')

void tell(require('amqplib/callback_api'))

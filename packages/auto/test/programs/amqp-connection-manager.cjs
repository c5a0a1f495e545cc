const { tell } = require('./stories/amqp-connection-manager.ts')

void tell(require('amqp-connection-manager'))

const amqplib = require('amqplib')
const { tell } = require('./stories/amqplib.ts')

void tell(amqplib, require('amqplib'))

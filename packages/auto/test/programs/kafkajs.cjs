const kafkajs = require('kafkajs')
const { tell } = require('./stories/kafkajs.ts')

void tell(kafkajs, require('kafkajs'))

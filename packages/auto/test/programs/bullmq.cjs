const { tell } = require('./stories/bullmq.ts')

void tell(require('bullmq'))

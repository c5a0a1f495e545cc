const { tell } = require('./stories/nats-io.ts')

void tell({ ...require('@nats-io/transport-node'), ...require('@nats-io/jetstream') })

import { createRequire } from 'node:module'
import * as jetstreamNamespace from '@nats-io/jetstream'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import * as namespace from '@nats-io/transport-node'
import { connect } from '@nats-io/transport-node'
import { tell } from './stories/nats-io.ts'

const require = createRequire(import.meta.url)
await tell(
  { connect, jetstream, jetstreamManager },
  { ...namespace, ...jetstreamNamespace },
  { ...require('@nats-io/transport-node'), ...require('@nats-io/jetstream') },
)

import { embeddedStore, openEngine } from '../../src/index.ts'
import { request } from './story.ts'

/** Ingests orders until it is killed, and prints how many were acknowledged. */
const engine = await openEngine({
  store: await embeddedStore({ directory: process.argv[2]!, segmentBytes: 5000 }),
})
for (let order = 0; ; order++) {
  await engine.ingest(request([{ id: `o${order}/post`, kind: 'server', at: order }]), 'protobuf')
  process.stdout.write(`${order + 1}\n`)
}

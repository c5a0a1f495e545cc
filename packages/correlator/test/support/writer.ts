import { embeddedStore, openEngine } from '../../src/index.ts'
import { request } from './story.ts'

/** Ingests orders from the given number on until it is killed, and prints how many were acknowledged. */
const engine = await openEngine({
  store: await embeddedStore({ directory: process.argv[2]!, segmentBytes: 5000 }),
})
for (let order = Number(process.argv[3]); ; order++) {
  await engine.ingest(request([{ id: `o${order}/post`, kind: 'server', at: order }]), 'protobuf')
  process.stdout.write(`${order + 1}\n`)
}

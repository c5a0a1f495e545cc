import { embeddedStore, openEngine } from '@flowstitch/correlator'
import { serveEngine } from '../../src/server.ts'
import { completeSettings } from '../../src/settings.ts'

/**
 * The server over segments so small that it is nearly always writing, sealing or dropping one.
 * Arguments: folder, most bytes on disk. Prints where it listens.
 */
const [directory = '', maxDiskBytes = ''] = process.argv.slice(2)
const store = await embeddedStore({
  directory,
  segmentBytes: 50_000,
  maxDiskBytes: Number(maxDiskBytes),
})
const settings = completeSettings({ otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 })
const { otlpHttp, viewer } = await serveEngine(await openEngine({ store }), settings)
process.stdout.write(`${JSON.stringify({ otlpHttp, viewer })}\n`)

import { embeddedStore } from '@flowstitch/correlator'
import { Scanner } from '../../../../packages/correlator/src/decode/scan.ts'
import { makeRequests } from '../ingest/load.ts'

/** Fills a folder with spans and says so; it is killed then. Arguments: folder, how many. */
const [directory = '', spans = ''] = process.argv.slice(2)
const store = await embeddedStore({ directory })
const scanner = new Scanner()
const AT_ONCE = 50_000
for (let left = Number(spans); left > 0; left -= AT_ONCE)
  await Promise.all(makeRequests(AT_ONCE).map((body) => store.append(body, scanner.scan(body))))
process.stdout.write('full\n')

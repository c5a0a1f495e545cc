import * as names from '@flowstitch/core/semconv'
import { expect, it } from 'vitest'
import { each, idOf, linksOf, setUp } from './bench.ts'

const bench = setUp()
const PROCESSOR = new URL('sandboxed.cjs', import.meta.url).pathname

it('makes attempts of what a sandboxed processor does, and hands it the context of the job', async () => {
  bench().worker(PROCESSOR)
  const job = await bench().queue.add('a', {}, { attempts: 2 })
  const attempts = await bench().spans('process', 2)
  const added = await bench().span('add')
  expect(each(attempts, names.FLOWSTITCH_SETTLEMENT)).toEqual(['requeue', 'complete'])
  for (const attempt of attempts) expect(linksOf(attempt)).toEqual([idOf(added)])
  const handed = async (): Promise<unknown> => (await bench().queue.getJob(job.id!))?.returnvalue
  await expect.poll(handed).toMatch(new RegExp(`"traceparent":"00-[0-9a-f]{32}-${idOf(added)}-01"`))
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { run, serve } from './helpers/command.ts'
import { exportRequest } from './helpers/otlp.ts'

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flowstitch-data-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'store')
}

/** Sends requests one after another until the server is gone; the trace ids of those it answered with 200. */
async function sendUntilGone(otlpHttp: string, acknowledged: string[]): Promise<void> {
  for (;;) {
    const { protobuf, traceId } = exportRequest(3)
    const headers = { 'content-type': 'application/x-protobuf' }
    try {
      const { status } = await fetch(`${otlpHttp}/v1/traces`, {
        method: 'POST',
        headers,
        body: new Uint8Array(protobuf),
      })
      if (status === 200) acknowledged.push(traceId)
    } catch {
      return
    }
  }
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'no acknowledged span is lost when the server ends by %s',
  async (signal) => {
    const data = await dataFolder()
    const server = await serve(['--data', data])
    const acknowledged: string[] = []
    const senders = Array.from({ length: 8 }, () => sendUntilGone(server.otlpHttp, acknowledged))
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(200)
    const killed = performance.now()
    server.kill(signal)
    const code = await server.ended
    expect(code).toBe(signal === 'SIGKILL' ? null : 0)
    // Well within the time that requests in flight are given: nobody's open connection is waited for.
    expect(performance.now() - killed).toBeLessThan(8_000)
    await Promise.all(senders)

    const again = await serve(['--data', data])
    const client = createClient(again.viewer)
    const flows = await Promise.all(acknowledged.map((traceId) => client.flow(traceId)))
    expect(flows.filter((flow) => flow?.stepCount !== 3)).toEqual([])
  },
  // Two processes start, and each compiles itself.
  120_000,
)

test('a second server on the same folder says so and ends, and the first goes on', async () => {
  const data = await dataFolder()
  const { viewer } = await serve(['--data', data])
  const second = await run(['--data', data, '--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'])
  expect(second.code).toBe(1)
  expect(second.stderr).toMatch(/^flowstitch: .+\n$/)
  expect(second.stderr).toContain(data)
  expect((await fetch(`${viewer}/api/v1/healthz`)).status).toBe(200)
})

test('a folder that cannot be made is named', async () => {
  const { code, stderr } = await run([
    '--data',
    '/dev/null/store',
    '--port',
    '0',
    '--otlp-http-port',
    '0',
    '--otlp-grpc-port',
    '0',
  ])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^flowstitch: .*\/dev\/null\/store.*\n$/)
})

test('import fills a store directly, and a server finds it there', async () => {
  const data = await dataFolder()
  const { json, traceId } = exportRequest(4)
  const file = `${data}.json`
  await writeFile(file, json)
  expect(await run(['import', file, '--data', data])).toMatchObject({ code: 0 })
  const { viewer } = await serve(['--data', data])
  expect((await createClient(viewer).flow(traceId))?.stepCount).toBe(4)
  expect(await run(['import', file, '--data', data])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(data),
  })
})

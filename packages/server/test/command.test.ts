import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { lines, run, runHere, serve } from './helpers/command.ts'
import type { Ended } from './helpers/command.ts'
import { exportRequest, orderRequest } from './helpers/otlp.ts'
import type { ExportRequests } from './helpers/otlp.ts'

async function send({ otlpHttp }: { otlpHttp: string }, { protobuf }: ExportRequests): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf' }
  const response = await fetch(`${otlpHttp}/v1/traces`, {
    method: 'POST',
    headers,
    body: new Uint8Array(protobuf),
  })
  expect(response.status).toBe(200)
}

describe('reading commands', () => {
  let server: { otlpHttp: string; viewer: string }
  const order = orderRequest()
  beforeAll(async () => {
    const { startServer } = await import('../src/index.ts')
    const running = await startServer({ memory: true, port: 0, otlpHttpPort: 0, otlpGrpcPort: 0 })
    server = running
    await send(running, order)
    return () => running.close()
  })

  test.each([
    ['its id', order.traceId],
    ['its coordinate', 'kafka/orders/3/1842'],
  ])('flow prints a flow by %s, plain where there is no terminal', async (_, name) => {
    const { code, stdout, stderr } = await run(['flow', name, '--server', server.viewer])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Flow ${order.traceId}  `))
    expect(stdout).toMatch(/⇢ kafka orders 3\/1842/)
    expect(stdout).toMatch(/✗ process orders CardDeclined {2}attempt 1/)
    expect(stdout).toMatch(/process orders {2}attempt 2 {2}waited 1\.00 s/)
    expect(stdout).not.toContain('\u001B')
  })

  test('flow --json prints the API’s answer', async () => {
    const { stdout } = await run(['flow', order.traceId, '--json', '--server', server.viewer])
    const answer = await fetch(`${server.viewer}/api/v1/flows/${order.traceId}`)
    expect(JSON.parse(stdout)).toEqual(await answer.json())
  })

  test('flow of something unknown exits 3', async () => {
    const { code, stdout, stderr } = await run(['flow', 'nothing', '--server', server.viewer])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^flowstitch: nothing is known of nothing/)
  })

  test('flows lists what the filters let through; the server comes from the environment too', async () => {
    const environment = { FLOWSTITCH_SERVER: server.viewer }
    const found = await run(
      ['flows', '--service', 'worker', '--since', '1h', '--min-duration', '1s'],
      environment,
    )
    expect(found.stdout).toContain(order.traceId)
    const none = await run(['flows', '--state', 'stalled'], environment)
    expect(none).toEqual({ code: 0, stdout: '', stderr: 'no flow matches\n' })
    const { stdout } = await run(['flows', '--json'], environment)
    expect(JSON.parse(stdout)).toMatchObject({ flows: [{ id: order.traceId }] })
  })

  test.each([
    ['topology', 'shop'],
    ['destinations', 'kafka orders'],
    ['shapes', 'send kafka orders'],
    ['doctor', 'Looked for: '],
  ])('%s prints what is there', async (command, expected) => {
    const { code, stdout, stderr } = await run([command, '--server', server.viewer])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(expected)
    const json = await run([command, '--server', server.viewer, '--json'])
    expect(JSON.parse(json.stdout)).toBeTypeOf('object')
  })

  test.each([
    ['lines', []],
    ['JSON', ['--json']],
    ['those a filter lets through', ['--q', 'GET']],
  ])('flows --follow prints flows as they come (%s)', async (_, args) => {
    const printed = lines(['flows', '--follow', '--server', server.viewer, ...args])
    const next = exportRequest(1, 'live')
    const sending = setInterval(() => void send(server, next), 100)
    onTestFinished(() => clearInterval(sending))
    for (let line = ''; !line.includes(next.traceId);) {
      const { value, done } = await printed.next()
      expect(done).toBeFalsy()
      line = value as string
    }
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'flows --follow ends with 1 when the server ends by %s',
    async (signal) => {
      const own = await serve(['--memory'])
      const known = exportRequest()
      await send(own, known)
      const printed = lines(['flows', '--follow', '--server', own.viewer])
      expect((await printed.next()).value).toContain(known.traceId)
      own.kill(signal)
      expect(await printed.ended).toBe(1)
    },
  )

  test('import sends files to a running server', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowstitch-command-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const request = exportRequest(3)
    const file = join(folder, 'traces.json')
    await writeFile(file, request.json)
    const imported = await run(['import', file, '--endpoint', server.otlpHttp])
    expect(imported).toMatchObject({ code: 0, stderr: expect.stringContaining('1 request,') })
    const { stdout } = await run(['flow', request.traceId, '--server', server.viewer])
    expect(stdout).toContain('3 steps')
    expect(await run(['import', join(folder, 'none'), '--endpoint', server.otlpHttp])).toMatchObject({
      code: 3,
    })
    await writeFile(file, 'no traces')
    expect(await run(['import', file, '--endpoint', server.otlpHttp])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no file of OTLP traces'),
    })
  })
})

describe('a token', () => {
  test('is asked for, and taken from flag or environment', async () => {
    const { startServer } = await import('../src/index.ts')
    const running = await startServer({
      memory: true,
      port: 0,
      otlpHttpPort: 0,
      otlpGrpcPort: 0,
      token: 'secret',
    })
    onTestFinished(() => running.close())
    const without = await run(['flows', '--server', running.viewer])
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('FLOWSTITCH_TOKEN') })
    expect(await run(['flows', '--server', running.viewer, '--token', 'secret'])).toMatchObject({ code: 0 })
    expect(await run(['flows', '--server', running.viewer], { FLOWSTITCH_TOKEN: 'secret' })).toMatchObject({
      code: 0,
    })
  })
})

describe('wrong usage exits 2 and says what is right:', () => {
  const cases: [args: string[], env: Record<string, string>, says: string][] = [
    [['flwo'], {}, 'unknown command flwo'],
    [['flow'], {}, "missing required argument 'id'"],
    [['flow', 'a', 'b'], {}, 'too many arguments'],
    [['flows', '--limit', '501'], {}, '--limit <count>'],
    [['flows', '--state', 'happy'], {}, 'active, quiet, failed, stalled'],
    [['serve', '--key', 'order.id'], {}, 'attribute=order.id'],
    [['flows', '--since', 'whenever'], {}, '--since <time>'],
    [['flows', '--server', 'nowhere'], {}, '--server <url>'],
    [['--nonsense'], {}, '--nonsense'],
    [['--port', '70000'], {}, '--port <port>'],
    [['serve', '--retention', '7'], {}, '--retention <duration>'],
    [['serve', '--max-disk', 'much'], {}, '--max-disk <size>'],
    [[], { FLOWSTITCH_OTLP_HTTP_PORT: 'x' }, 'FLOWSTITCH_OTLP_HTTP_PORT'],
    [['--host', '0.0.0.0'], {}, '--token'],
    [['--host', '0.0.0.0'], { FLOWSTITCH_TOKEN: '' }, '--token'],
  ]
  test.each(cases)('%j %j', async (args, env, says) => {
    const { code, stdout, stderr } = await runHere(args, env)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(stderr).not.toMatch(/\n {4}at /)
  })
})

test('help and version are everywhere', async () => {
  const commands = [
    [],
    ['serve'],
    ['flow'],
    ['flows'],
    ['topology'],
    ['destinations'],
    ['shapes'],
    ['doctor'],
    ['import'],
  ]
  const versions: Ended[] = []
  const helps: Ended[] = []
  for (const command of commands) {
    versions.push(await runHere([...command, '--version']))
    helps.push(await runHere([...command, '--help']))
  }
  expect(new Set(versions.map(({ stdout }) => stdout)).size).toBe(1)
  for (const { code, stdout } of [...versions, ...helps]) {
    expect(code).toBe(0)
    expect(stdout).not.toBe('')
  }
})

test('without a server, reading says how to start one', async () => {
  const { code, stderr } = await run(['flows', '--server', 'http://127.0.0.1:9'])
  expect(code).toBe(1)
  expect(stderr).toContain('flowstitch serve')
})

describe('the server', () => {
  test.each(['--port', '--otlp-http-port', '--otlp-grpc-port'])(
    'names %s when its port is in use',
    async (flag) => {
      const other = createServer().listen(0, '127.0.0.1')
      onTestFinished(() => void other.close())
      await new Promise((resolve) => other.once('listening', resolve))
      const { port } = other.address() as AddressInfo
      const free = ['--port', '--otlp-http-port', '--otlp-grpc-port']
        .filter((each) => each !== flag)
        .flatMap((each) => [each, '0'])
      const { code, stdout, stderr } = await run(['--memory', flag, String(port), ...free])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toBe(
        `flowstitch: ${flag}: port ${port} on 127.0.0.1 is in use; give another, or 0 for any free one\n`,
      )
    },
  )

  test('says where it listens', async () => {
    const printed = lines(['--memory', '--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'])
    let text = ''
    while (!text.includes('Ctrl-C')) text += `${(await printed.next()).value as string}\n`
    expect(text).toMatch(/Viewer +http:\/\/127\.0\.0\.1:\d+\n/)
    expect(text).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\n/)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends on %s with 0, open streams and all', async (signal) => {
    const server = await serve(['--memory'])
    const live = await fetch(`${server.viewer}/api/v1/live`)
    server.kill(signal)
    expect(await server.ended).toBe(0)
    await live.text()
    expect(await server.stderr).toBe('')
  })
})

import type { Engine } from '@flowstitch/correlator'
import { onTestFinished } from 'vitest'
import { serveEngine } from '../../src/server.ts'
import type { RunningServer } from '../../src/server.ts'
import { completeSettings } from '../../src/settings.ts'
import type { ServerSettings } from '../../src/settings.ts'

/** A server on free ports, closed when the test is done. Its log is in `log`. */
export async function serving(
  engine: Engine,
  settings: ServerSettings = {},
): Promise<RunningServer & { log: string[]; api: string }> {
  const log: string[] = []
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 }
  const complete = completeSettings({ ...ports, log: (line) => log.push(line), ...settings })
  const server = await serveEngine(engine, complete)
  onTestFinished(() => server.close())
  return { ...server, log, api: `${server.viewer}/api/v1` }
}

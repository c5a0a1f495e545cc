import type { Engine } from '@flowstitch/correlator'
import type { Server } from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import { apiApp } from './api/app.ts'
import { ByteBudget } from './budget.ts'
import { ingestInto } from './ingest.ts'
import { listenError } from './listen-error.ts'
import { urlHost } from './loopback.ts'
import { createMetrics } from './metrics.ts'
import { bindGrpc, closeGrpc, otlpGrpc } from './otlp/grpc.ts'
import { otlpHttp } from './otlp/http.ts'
import { openStore } from './open-store.ts'
import { completeSettings } from './settings.ts'
import type { CompleteSettings, ServerSettings } from './settings.ts'
import { bearerToken } from './token.ts'

/** A server that listens. Its addresses are URLs without a path. */
export interface RunningServer {
  otlpHttp: string
  otlpGrpc: string
  /** The viewer; the API is under it, at `/api/v1`. */
  viewer: string
  /** Answers what is in flight, refuses what is new, and closes the store. Resolves when all that is done. */
  close(): Promise<void>
}

const MAX_BYTES_IN_FLIGHT = 256 * 2 ** 20
const GRACE_MS = 10_000
const IDLE_CHECK_MS = 50

interface Listener {
  url: string
  close(): Promise<void>
}

/**
 * Opens the store and starts all three listeners.
 * Throws a `SettingsError`, a `ListenError`, or what the store says when it cannot be opened.
 */
export async function startServer(settings: ServerSettings = {}): Promise<RunningServer> {
  const complete = completeSettings(settings)
  const engine = await openStore(complete)
  return serveEngine(engine, complete)
}

/** Puts an engine behind the listeners and owns it from then on: it is closed with them, or when one cannot start. */
export async function serveEngine(engine: Engine, settings: CompleteSettings): Promise<RunningServer> {
  const { host, token, log } = settings
  const metrics = createMetrics(engine)
  const ingest = ingestInto(engine, metrics, log)
  const authorize = bearerToken(token)
  const budget = new ByteBudget(MAX_BYTES_IN_FLIGHT)
  const listeners: Listener[] = []
  async function close(): Promise<void> {
    await Promise.all(listeners.map((listener) => listener.close()))
    await engine.close()
  }
  try {
    listeners.push(
      await listenHttp(otlpHttp(ingest, authorize, budget), host, settings.otlpHttpPort, '--otlp-http-port'),
    )
    listeners.push(await listenGrpc(otlpGrpc(ingest, authorize, budget), host, settings.otlpGrpcPort))
    listeners.push(
      await listenHttp(apiApp({ engine, metrics, authorize, host, log }), host, settings.port, '--port'),
    )
  } catch (error) {
    await close()
    throw error
  }
  const [http, grpc, viewer] = listeners as [Listener, Listener, Listener]
  let closing: Promise<void> | undefined
  return { otlpHttp: http.url, otlpGrpc: grpc.url, viewer: viewer.url, close: () => (closing ??= close()) }
}

async function listenHttp(app: FastifyInstance, host: string, port: number, flag: string): Promise<Listener> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenError(error, host, port, flag)
  }
  const address = app.server.address() as { port: number }
  return { url: `http://${urlHost(host)}:${address.port}`, close: () => closeHttp(app) }
}

async function closeHttp(app: FastifyInstance): Promise<void> {
  // Closing ends the connections that are idle at that moment; those that become so later have to be looked for.
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS)
  const force = setTimeout(() => app.server.closeAllConnections(), GRACE_MS)
  await app.close()
  clearInterval(idle)
  clearTimeout(force)
}

async function listenGrpc(server: Server, host: string, port: number): Promise<Listener> {
  try {
    const bound = await bindGrpc(server, `${urlHost(host)}:${port}`)
    return { url: `http://${urlHost(host)}:${bound}`, close: () => closeGrpc(server, GRACE_MS) }
  } catch (error) {
    server.forceShutdown()
    throw listenError(error, host, port, '--otlp-grpc-port')
  }
}

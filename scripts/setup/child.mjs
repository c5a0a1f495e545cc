import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname, resolve } from 'node:path'

/**
 * Runs an entry under `node` from source and answers with its exit status. The entry hears of every signal and
 * of this process's death, so that it can stop what it started.
 */
export async function runToItsEnd(node, entry, args) {
  const flags = [
    '--conditions=@flowstitch/source',
    '--import',
    new URL('end-with-parent.mjs', import.meta.url).href,
  ]
  const child = spawn(node, [...flags, entry, ...args], {
    // The channel carries no message; its closing tells the child that this process is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: [resolve('node_modules/.bin'), dirname(node), process.env.PATH].join(delimiter),
      // kafkajs sets timers in the past, which does no harm.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=TimeoutNegativeWarning`.trim(),
    },
  })
  const stopForwarding = forwardSignals(child)
  const [status, signal] = await once(child, 'exit')
  stopForwarding()
  return status ?? (signal === 'SIGINT' ? 130 : 1)
}

function forwardSignals(child) {
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    // A terminal sends Ctrl-C to the child as well.
    const listener = () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal)
    process.on(signal, listener)
    return [signal, listener]
  })
  const stopWatching = watchNpm(() => child.kill('SIGTERM'))
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
    stopWatching()
  }
}

/** npm that was killed with -9 takes no script with it; `exec` in the scripts makes npm the direct parent. */
function watchNpm(onGone) {
  if (!process.env.npm_lifecycle_event) return () => {}
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, 500)
  return () => clearInterval(timer)
}

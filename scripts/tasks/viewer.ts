import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { contentHash } from './content-hash.ts'
import { step, type Log } from '@flowstitch/brokers/setup'

const sources = ['packages/viewer', 'packages/correlator/src', 'package-lock.json']
const stamp = '.cache/viewer.sha256'

/** Builds the page that the server ships, unless it stands as its sources are. */
export async function buildViewer(log: Log): Promise<void> {
  const hash = await contentHash(sources)
  const built = await readFile(stamp, 'utf8').catch(() => '')
  if (built === hash && (await exists('packages/server/viewer/index.html'))) return
  await step(log, 'Viewer: vite build', async () => {
    const { status, stdout, stderr } = spawnSync('vite', ['build', 'packages/viewer', '--logLevel', 'warn'], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    if (status !== 0) throw new Error(`The viewer does not build.\n${stdout}${stderr}`)
  })
  await mkdir('.cache', { recursive: true })
  await writeFile(stamp, hash)
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

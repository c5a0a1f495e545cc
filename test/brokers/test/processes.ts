import { readdir, readFile } from 'node:fs/promises'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly state: string
}

/** Every process that a process started, and those that they started. */
export async function descendantsOf(ancestor: number): Promise<number[]> {
  const all = await processes()
  const found = [ancestor]
  for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((child) => child.pid))
  return found.slice(1)
}

/** Those of the pids that still run; one that only waits to be reaped does not. */
export async function alive(pids: readonly number[]): Promise<number[]> {
  return (await processes())
    .filter(({ pid, state }) => pids.includes(pid) && state !== 'Z')
    .map(({ pid }) => pid)
}

async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  return stats.filter(Boolean).map((stat) => {
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid: Number.parseInt(stat, 10), parent: Number(parent), state }
  })
}

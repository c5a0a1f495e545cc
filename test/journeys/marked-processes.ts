import { readdir, readFile } from 'node:fs/promises'

export interface MarkedProcess {
  readonly pid: number
  readonly command: string
}

/**
 * The processes that run with a variable in their environment, which every process hands on to those that it
 * starts, whoever becomes their parent later.
 */
export async function processesWith(variable: string): Promise<MarkedProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const marked = pids.map(async (pid): Promise<MarkedProcess[]> => {
    const [environment, command] = await Promise.all([read(pid, 'environ'), read(pid, 'cmdline')])
    return environment.includes(variable) ? [{ pid: Number(pid), command: command.join(' ') }] : []
  })
  return (await Promise.all(marked)).flat()
}

/** Nothing for what has ended meanwhile, or belongs to somebody else. */
async function read(pid: string, file: string): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  return text.split('\0')
}

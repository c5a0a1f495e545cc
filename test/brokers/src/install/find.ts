import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The file that a shell would run for `name`; the folders of system commands are searched too. */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const file = join(folder || '.', name)
    if (await isExecutable(file)) return file
  }
  return undefined
}

export function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

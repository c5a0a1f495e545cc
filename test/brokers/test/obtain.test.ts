import { afterEach, expect, test, vi } from 'vitest'
import { findOnPath } from '../src/install/find.ts'
import { obtain } from '../src/obtain.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('says which package or variable helps where nothing can be installed', async () => {
  vi.stubEnv('PATH', '/nowhere')
  await expect(obtain(['redis'], () => {})).rejects.toThrow(
    /Redis cannot be had: Missing: redis-server.*What to do: .*FLOWSTITCH_REDIS.*Docker/s,
  )
})

test('finds a program of the system’s folders though the PATH leaves them out', async () => {
  vi.stubEnv('PATH', '')
  expect(await findOnPath('ldconfig')).toMatch(/^\/(usr\/)?sbin\/ldconfig$/)
  expect(await findOnPath('no-such-program')).toBeUndefined()
})

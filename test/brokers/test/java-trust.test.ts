import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../src/install/run.ts'

const trust = new URL('../src/install/java-trust.ts', import.meta.url).href
const pass = ['-storepass', 'changeit']
let folder: string

// Java takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-java-trust-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** A certificate authority that nobody knows yet, as a proxy would have one. */
async function newAuthority(): Promise<{ pem: string; fingerprint: string }> {
  const own = ['-keystore', join(folder, 'own.p12'), '-alias', 'ca', ...pass]
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', '-dname', 'CN=Flowstitch test', ...own])
  const pem = join(folder, 'ca.pem')
  await run('keytool', ['-exportcert', '-rfc', '-file', pem, ...own])
  const [fingerprint] = /([\dA-F]{2}:){31}[\dA-F]{2}/.exec((await run('keytool', ['-list', ...own])).output)!
  return { pem, fingerprint }
}

test('Java trusts the authorities that Node is told to trust, beside its own', async () => {
  const { pem, fingerprint } = await newAuthority()
  const store = join(folder, 'extended')
  const code = `import { javaTrustOptions } from '${trust}'; console.log((await javaTrustOptions('${store}')).join())`
  const { output } = await run('node', ['--input-type=module', '-e', code], { NODE_EXTRA_CA_CERTS: pem })
  expect(output).toContain(`-Djavax.net.ssl.trustStore=${store}`)

  const listed = (await run('keytool', ['-list', '-keystore', store, ...pass])).output
  expect(listed).toContain(fingerprint)
  expect(listed.match(/trustedCertEntry/g)!.length).toBeGreaterThan(50)
})

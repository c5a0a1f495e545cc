import { X509Certificate } from 'node:crypto'
import { copyFile, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { frugal } from '../java.ts'
import { inCache } from './cache.ts'
import { findOnPath } from './find.ts'
import { InstallError, run } from './run.ts'

const password = 'changeit'
const quick = frugal.map((option) => `-J${option}`)

/**
 * Options that let Java trust what the system and Node (`NODE_EXTRA_CA_CERTS`) trust: Java keeps a list of its
 * own, which a proxy's certificate authority is often missing from. None where it lacks nothing.
 */
export async function javaTrustOptions(extended: string = inCache('java-cacerts')): Promise<string[]> {
  const java = await realpath((await findOnPath('java'))!)
  const keytool = join(dirname(java), 'keytool')
  const own = join(dirname(java), '..', 'lib', 'security', 'cacerts')
  const missing = await missingFrom(own, keytool)
  if (missing.length === 0) return []
  await rm(extended, { force: true })
  await copyFile(own, extended)
  await importInto(extended, missing, keytool)
  return [`-Djavax.net.ssl.trustStore=${extended}`, `-Djavax.net.ssl.trustStorePassword=${password}`]
}

/** The certificates, in PEM, that the system or Node trusts and the store does not hold. */
async function missingFrom(store: string, keytool: string): Promise<string[]> {
  const { ok, output } = await run(keytool, [...quick, '-list', '-keystore', store, '-storepass', password])
  if (!ok) return []
  const trusted = new Set(output.match(/([\dA-F]{2}:){31}[\dA-F]{2}/g))
  const candidates = new Set([...getCACertificates('system'), ...getCACertificates('extra')])
  return [...candidates].filter((pem) => !trusted.has(new X509Certificate(pem).fingerprint256))
}

async function importInto(store: string, certificates: readonly string[], keytool: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flowstitch-trust-'))
  try {
    for (const [index, pem] of certificates.entries()) {
      const file = join(folder, `${index}.pem`)
      await writeFile(file, pem)
      const names = [
        '-alias',
        `flowstitch-${index}`,
        '-file',
        file,
        '-keystore',
        store,
        '-storepass',
        password,
      ]
      const { ok, output } = await run(keytool, [...quick, '-importcert', '-noprompt', ...names])
      if (!ok)
        throw new InstallError('keytool could not import a certificate.', 'see its lines above', output)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

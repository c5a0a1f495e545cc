import { findOnPath, installPackages, type Log } from '@flowstitch/brokers/setup'

/** Chromium for the viewer's tests; `FLOWSTITCH_CHROMIUM` names another one. */
export async function installBrowser(log: Log): Promise<void> {
  if (process.env['FLOWSTITCH_CHROMIUM'] || (await findOnPath('chromium'))) return
  await installPackages(['chromium'], log)
}

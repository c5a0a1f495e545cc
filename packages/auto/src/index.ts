import { start } from './start.ts'

/**
 * The adapters whose clients are traced from now on, wherever the program loads them. To import this module is
 * what starts it: `node --import @flowstitch/auto`. Does nothing where another copy has started before.
 */
export const traced: readonly string[] = start(process.env)

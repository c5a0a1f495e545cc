import { succeeds } from './command.ts'
import { prepared } from './prepare.ts'

if (!((await prepared('viewer')) && (await succeeds('tsc', ['-b'])))) process.exitCode = 1

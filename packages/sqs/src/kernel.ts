import { Kernel } from '@flowstitch/core'
import { requestId, sqsErrorCode } from './errors.ts'
import type { SqsKernel, SqsOptions } from './message.ts'

export function createKernel(options: SqsOptions): SqsKernel {
  return new Kernel({
    system: 'aws.sqs',
    scope: '@flowstitch/sqs',
    options,
    classifyError: sqsErrorCode,
    requestId,
  })
}

let kernelOfNobody: SqsKernel | undefined

/** For messages that no instrumented client has received. */
export function defaultKernel(): SqsKernel {
  return (kernelOfNobody ??= createKernel({}))
}

import { callHook, guard } from '@flowstitch/core'
import type { Failure, Gone } from './lanes.ts'
import type { PartialFailures, RecordsOptions } from './options.ts'
import type { BatchRules, Delivery } from './source.ts'

/** What a function answers to have only some records of an event again. */
export interface BatchResponse<Id = string> {
  batchItemFailures: { itemIdentifier: Id }[]
}

/** How an invocation ends: with the failure of a record, or else with an answer. */
export interface Verdict<R> {
  readonly answer?: unknown
  readonly thrown?: Failure<Delivery<R>> | undefined
}

/**
 * Names what failed, and what was left because of it. Where no record was handled, or one that failed has no name, the
 * function fails: Lambda would count an answer as success, or as a failure of what was handled, too.
 */
export function reportFailures<R>(
  { answers, failures }: Gone<Delivery<R>>,
  rules: BatchRules<R>,
  { throwOnFullBatchFailure = true }: PartialFailures,
): Verdict<R> {
  const again = failures.flatMap(({ failed, left }) => (rules.retriesRest ? [failed] : [failed, ...left]))
  const ids = again.map(({ record }) => guard('naming a record', () => rules.failureId(record), undefined))
  const isUnnamed = ids.some((id) => id === undefined || id === null || id === '')
  if (isUnnamed || (answers.length === 0 && throwOnFullBatchFailure && ids.length > 0)) {
    return { thrown: failures[0] }
  }
  return { answer: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) } }
}

/** Tells of the failures that are not the function's own: nobody else would. */
export function tellFailures<R>(
  failures: readonly Failure<Delivery<R>>[],
  { onFailure = (error) => console.error(error) }: RecordsOptions<R>,
): void {
  for (const { error, failed } of failures) {
    callHook('the option onFailure', () => onFailure(error, failed.record))
  }
}

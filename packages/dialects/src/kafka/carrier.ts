import { withHeaders, type ReadCarrier } from '@flowstitch/core'
import { headerText, type Headers } from './headers.ts'

interface WithHeaders {
  readonly headers?: Headers | undefined
}

/** A carrier for records of any client that has their headers by name. */
export interface HeaderCarrier extends ReadCarrier<WithHeaders> {
  with<R extends WithHeaders>(record: R, fields: Readonly<Record<string, string>>): R
}

/** The headers of records, those that came and those that are sent. */
export const headerCarrier: HeaderCarrier = {
  get: ({ headers }, name) => headerText(headers, name),
  names: ({ headers }) => Object.keys(headers ?? {}),
  with: withHeaders,
}

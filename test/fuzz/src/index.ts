export { hold, PATIENCE } from './hold.ts'
export { anything, contextValue, headerName, headers, table, text } from './hostile.ts'
export { expectHandled, recordAll, sentThrough } from './message.ts'
export { entryFields, entryId } from './stream-entry.ts'

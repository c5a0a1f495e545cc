import { createStore, type Store } from '../ui/store.ts'

const KEY = 'flowstitch-token'

/** The bearer token of this browser tab; it ends with the tab. */
export const token: Store<string | undefined> = createStore(sessionStorage.getItem(KEY) ?? undefined)

/** True while the server refuses us and somebody has to type a token. */
export const tokenRequired: Store<boolean> = createStore(false)

export function saveToken(value: string): void {
  sessionStorage.setItem(KEY, value)
  token.set(value)
  tokenRequired.set(false)
}

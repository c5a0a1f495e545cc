import { createStore, type Store } from './store.ts'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'flowstitch-theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']

/** The remembered choice; `system` follows the operating system. */
export const theme: Store<Theme> = createStore(
  ORDER.find((known) => known === localStorage.getItem(KEY)) ?? 'system',
)

/** Keeps the page in the chosen theme; to be called once. */
export function startTheme(): void {
  applyTheme()
  theme.subscribe(applyTheme)
}

export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(theme.get()) + 1) % ORDER.length] ?? 'system'
  localStorage.setItem(KEY, next)
  theme.set(next)
}

function applyTheme(): void {
  const chosen = theme.get()
  document.documentElement.style.colorScheme = chosen === 'system' ? 'light dark' : chosen
  document.documentElement.dataset['theme'] = chosen
}

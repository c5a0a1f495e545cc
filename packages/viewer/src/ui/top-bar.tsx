import type { ReactElement } from 'react'
import { Link, useLocation } from 'wouter'
import { liveStatus, type LiveStatus } from '../api/live.ts'
import { Logo, MoonIcon, SunIcon, SystemIcon } from './icons.tsx'
import { shortcutsOpen } from './shortcuts-dialog.tsx'
import { useStore } from './store.ts'
import { nextTheme, theme } from './theme.ts'
import './top-bar.css'

const PAGES = [
  { path: '/', name: 'Flows' },
  { path: '/topology', name: 'Topology' },
  { path: '/destinations', name: 'Destinations' },
  { path: '/shapes', name: 'Shapes' },
]

const CONNECTION: Record<LiveStatus, string> = {
  connecting: 'Connecting…',
  connected: 'Live',
  disconnected: 'Disconnected, trying again…',
  paused: 'Paused',
}

const THEME_ICON = { system: SystemIcon, light: SunIcon, dark: MoonIcon }

export function TopBar(): ReactElement {
  return (
    <header className="top-bar">
      <Link href="/" className="brand">
        <Logo />
        Flowstitch
      </Link>
      <Pages />
      <div className="top-bar-end">
        <Connection />
        <ThemeButton />
        <button
          type="button"
          className="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => shortcutsOpen.set(true)}
        >
          ?
        </button>
      </div>
    </header>
  )
}

function Pages(): ReactElement {
  const [location] = useLocation()
  const isCurrent = (path: string): boolean =>
    path === '/' ? location === '/' || location.startsWith('/flows') : location.startsWith(path)
  return (
    <nav aria-label="Pages">
      {PAGES.map(({ path, name }) => (
        <Link key={path} href={path} aria-current={isCurrent(path) ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  )
}

function Connection(): ReactElement {
  const status = useStore(liveStatus)
  return (
    <span className="connection" data-status={status} role="status" aria-label="Connection">
      {CONNECTION[status]}
    </span>
  )
}

function ThemeButton(): ReactElement {
  const current = useStore(theme)
  const Icon = THEME_ICON[current]
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={`Theme: ${current}`}
      title={`Theme: ${current}`}
      onClick={nextTheme}
    >
      <Icon />
    </button>
  )
}

import '@fontsource-variable/geist'
import '@fontsource-variable/geist-mono'
import './ui/tokens.css'
import './ui/base.css'
import './ui/controls.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startLive } from './api/live.ts'
import { App } from './app.tsx'
import { startTheme } from './ui/theme.ts'

startTheme()
startLive()
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

import { useState, type ReactElement } from 'react'
import { CheckIcon, CopyIcon } from './icons.tsx'

const SHOWN_MS = 1500

export function CopyButton({ text, what }: { text: string; what: string }): ReactElement {
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <button
      type="button"
      className="icon-button copy"
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      {copied ? <CheckIcon /> : <CopyIcon />}
    </button>
  )
}

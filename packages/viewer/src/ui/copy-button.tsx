import { useState, type ReactElement } from 'react'
import { CheckIcon, CopyIcon } from './icons.tsx'

const SHOWN_MS = 1500

export function CopyButton({ text, what }: { text: string; what: string }): ReactElement {
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await copyText(text)
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

/** Browsers give a clipboard to https and loopback alone; elsewhere the old way still works. */
async function copyText(text: string): Promise<void> {
  // The types promise a clipboard everywhere.
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard) return clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

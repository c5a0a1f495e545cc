import { useEffect, useRef, useState, type ReactElement, type Ref } from 'react'

const TYPING_PAUSE_MS = 250

function isAnything(): boolean {
  return true
}

/** Reports what was typed after a pause, so that not every letter asks the server. */
export function TextField({
  label,
  value,
  onChange,
  valid = isAnything,
  inputRef,
  className = '',
  placeholder,
}: {
  label: string
  value: string
  onChange: (text: string) => void
  valid?: (text: string) => boolean
  inputRef?: Ref<HTMLInputElement>
  className?: string
  placeholder: string
}): ReactElement {
  const [text, setText] = useState(value)
  const report = useRef(onChange)
  report.current = onChange
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value || !valid(text)) return undefined
    const timer = setTimeout(() => report.current(text), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, value, valid])
  return (
    <input
      ref={inputRef}
      className={`field ${className}`}
      aria-label={label}
      aria-invalid={!valid(text)}
      placeholder={placeholder}
      value={text}
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur()
        if (event.key === 'Enter' && valid(text)) onChange(text)
      }}
    />
  )
}

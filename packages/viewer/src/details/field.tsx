import type { ReactElement, ReactNode } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'

/** One named fact; nothing where there is none. */
export function Field({ name, children }: { name: string; children: ReactNode }): ReactElement | null {
  if (children === undefined || children === null || children === false || children === '') return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** An identifier in full, with a button that copies it. */
export function Id({ name, value }: { name: string; value: string | undefined }): ReactElement | null {
  if (value === undefined) return null
  return (
    <Field name={name}>
      <span className="id">
        <code>{value}</code>
        <CopyButton text={value} what={name.toLowerCase()} />
      </span>
    </Field>
  )
}

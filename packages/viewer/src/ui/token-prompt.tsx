import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, type ReactElement } from 'react'
import { saveToken, token, tokenRequired } from '../api/token.ts'
import { useStore } from './store.ts'

/** Asks for the server's token when it answered 401. */
export function TokenPrompt(): ReactElement {
  const required = useStore(tokenRequired)
  const refused = useStore(token)
  const dialog = useRef<HTMLDialogElement>(null)
  const queries = useQueryClient()
  useEffect(() => {
    if (required) dialog.current?.showModal()
    else dialog.current?.close()
  }, [required])
  const submit = (form: FormData): void => {
    const value = form.get('token')
    if (typeof value !== 'string' || value.trim() === '') return
    saveToken(value.trim())
    void queries.resetQueries()
  }
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={(event) => event.preventDefault()}>
      <form action={submit}>
        <h2 id="token-title">This server wants a token</h2>
        <p className="muted">
          It is the value that the server was started with as <code>--token</code> or{' '}
          <code>FLOWSTITCH_TOKEN</code>. This tab keeps it until it is closed.
        </p>
        {refused && <p role="alert">The server refused the token.</p>}
        <input
          className="field"
          type="password"
          name="token"
          aria-label="Token"
          autoComplete="off"
          required
        />
        <button className="button primary" style={{ justifySelf: 'start' }}>
          Continue
        </button>
      </form>
    </dialog>
  )
}

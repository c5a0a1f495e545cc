import { useEffect, useRef, type ReactElement } from 'react'
import { createStore, useStore, type Store } from './store.ts'
import { useShortcuts } from './use-shortcuts.ts'

export const shortcutsOpen: Store<boolean> = createStore(false)

const SHORTCUTS: ReadonlyArray<[keys: string[], does: string]> = [
  [['/'], 'Search flows'],
  [['↑', '↓', '←', '→'], 'Move between flows, steps and messages'],
  [['Enter'], 'Open a flow, or the details of a step or message'],
  [['Esc'], 'Close details; then back to the list'],
  [['g'], 'Graph'],
  [['t'], 'Timeline'],
  [['+', '−', '0'], 'Closer, farther, everything'],
  [['⇧ ←', '⇧ →'], 'Timeline: earlier, later'],
  [['f'], 'Timeline: fold long gaps, or not'],
  [['?'], 'These shortcuts'],
]

export function ShortcutsDialog(): ReactElement {
  const open = useStore(shortcutsOpen)
  const dialog = useRef<HTMLDialogElement>(null)
  useShortcuts({ '?': () => shortcutsOpen.set(true) })
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog ref={dialog} aria-labelledby="shortcuts-title" onClose={() => shortcutsOpen.set(false)}>
      <div className="dialog-body">
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <dl className="keys">
          {SHORTCUTS.map(([keys, does]) => (
            <div key={does} style={{ display: 'contents' }}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button className="button" style={{ justifySelf: 'end' }}>
            Close
          </button>
        </form>
      </div>
    </dialog>
  )
}

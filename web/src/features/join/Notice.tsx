import type { ReactNode } from 'react'
import { useText } from '@/text/use-text'
import { LanguageSwitch } from '@/ui/LanguageSwitch'

/** One sentence on an otherwise quiet page, and what to do next. */
export function Notice({ title, detail, action }: { title: string; detail?: ReactNode; action?: { label: string; run: () => void } }) {
  const text = useText()
  return (
    <main className="notice">
      <header className="bar">
        <span className="brand">{text.productLong}</span>
        <LanguageSwitch />
      </header>
      <div className="notice-body">
        <h1>{title}</h1>
        {detail !== undefined && <p>{detail}</p>}
        {action !== undefined && (
          <button type="button" className="button button-primary" onClick={action.run}>
            {action.label}
          </button>
        )}
      </div>
    </main>
  )
}

import { useEffect, type ReactNode } from 'react'
import { useText } from '@/text/use-text'

interface Props {
  title: string
  hint?: string
  actions?: ReactNode
  children: ReactNode
}

/** A page of the panel: its name, one sentence on what it is for, what can be done, and the rest. */
export function PageFrame({ title, hint, actions, children }: Props) {
  const text = useText()
  useEffect(() => {
    document.title = `${title} · ${text.product}`
  }, [title, text])
  return (
    <main className="page">
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {hint !== undefined && <p>{hint}</p>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </main>
  )
}

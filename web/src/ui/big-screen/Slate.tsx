import type { ReactNode } from 'react'
import { clock, day } from '@/lib/format'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

interface Props {
  title: string
  line: string
  help: string | null
  skewMs: number
  /** Stands below the sentence. */
  children?: ReactNode
}

/** What the big screen shows while there is no picture: whose meeting, what time, and one sentence. Moves a little, so that nothing burns in. */
export function Slate({ title, line, help, skewMs, children }: Props) {
  const text = useText()
  const now = useNow(skewMs)
  return (
    <section className="slate" role="status">
      <div className={`slate-body slate-shift-${now.getMinutes() % 4}`}>
        <h1>{title}</h1>
        <div className="slate-rule" />
        <p className="slate-line">{line}</p>
        {help !== null && <p className="slate-help">{help}</p>}
        {children}
      </div>
      <footer>
        <span>{day(now, text.locale)}</span>
        <time>{clock(now)}</time>
      </footer>
    </section>
  )
}

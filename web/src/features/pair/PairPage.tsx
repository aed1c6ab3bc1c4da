import { useEffect, useReducer, useRef } from 'react'
import { pair } from '@/api/panel'
import { ProblemError, type Problem } from '@/api/problem'
import { DIGITS, press, type Code } from '@/features/pair/code'
import '@/features/pair/pair.css'
import { problemText } from '@/text/problem'
import { useText } from '@/text/use-text'
import { LanguageSwitch } from '@/ui/LanguageSwitch'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'Backspace', '0']
const COLUMNS = 3

type State = { code: Code; asking: boolean; problem: Problem | null; paired: string | null }
type Event = { type: 'key'; key: string } | { type: 'asking' } | { type: 'refused'; problem: Problem } | { type: 'paired'; name: string }

function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'key':
      return state.asking ? state : { ...state, code: press(state.code, event.key), problem: null }
    case 'asking':
      return { ...state, asking: true }
    case 'refused':
      return { code: '', asking: false, problem: event.problem, paired: null }
    case 'paired':
      return { ...state, paired: event.name }
  }
}

/** At the machine: eight digits, by number keys, arrows and OK, mouse or finger. Asks by itself after the eighth. */
export function PairPage() {
  const text = useText()
  const words = text.pair
  const [state, tell] = useReducer(reduce, { code: '', asking: false, problem: null, paired: null })
  const padRef = useRef<HTMLDivElement>(null)
  const { code, asking, problem, paired } = state
  useEffect(() => {
    document.title = `${words.title} · ${text.product}`
  }, [words, text])
  useEffect(() => {
    if (code.length < DIGITS) return
    tell({ type: 'asking' })
    pair({ code }).then(
      ({ name, open }) => {
        tell({ type: 'paired', name })
        location.replace(open)
      },
      (error: unknown) => tell({ type: 'refused', problem: error instanceof ProblemError ? error.problem : { kind: 'unreachable' } }),
    )
  }, [code])
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return
      if (/^\d$/.test(event.key) || event.key === 'Backspace') {
        event.preventDefault()
        tell({ type: 'key', key: event.key })
      }
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key]
      if (by === undefined) return
      event.preventDefault()
      const keys = [...(padRef.current?.querySelectorAll('button') ?? [])]
      const at = keys.findIndex((key) => key === document.activeElement)
      keys[at < 0 ? 4 : at + by]?.focus()
    }
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [])
  const refusal = problem === null ? null : problemText(text.problem, problem)
  return (
    <main className="pair">
      <header>
        <span>{text.productLong}</span>
        <LanguageSwitch className="pair-language" />
      </header>
      <div className="pair-body">
        <h1>{words.title}</h1>
        <p className="pair-hint">{words.hint}</p>
        <output className="pair-code" aria-label={words.code} aria-live="polite">
          {Array.from({ length: DIGITS }, (_, index) => (
            <span key={index} className={index === code.length ? 'pair-next' : undefined}>
              {code[index] ?? ''}
            </span>
          ))}
        </output>
        <p className={`pair-line${refusal === null ? '' : ' pair-refused'}`} role="status">
          {paired !== null ? words.paired(paired) : asking ? words.asking : refusal !== null ? words.refused(refusal.line, refusal.code) : words.left(DIGITS - code.length)}
        </p>
        <div ref={padRef} className="pair-pad">
          {KEYS.map((key) => (
            <button key={key} type="button" aria-disabled={asking} onClick={() => tell({ type: 'key', key })} className={/^\d$/.test(key) ? undefined : 'pair-word'}>
              {key === 'Backspace' ? words.erase : key}
            </button>
          ))}
        </div>
      </div>
    </main>
  )
}

import { Input, type InputRef } from 'antd'
import { useEffect, useRef, useState } from 'react'
import type { Presence, RollCallEntry, RollCallLine } from '@/api/generated/wire'
import { nextOf, stepTo } from '@/features/duty/roll-order'
import type { Roll } from '@/features/duty/use-roll'
import { clock } from '@/lib/format'
import { Action, pressByKey } from '@/panel/Action'
import { can } from '@/panel/can'
import type { Powers } from '@/panel/places'
import { useShortcuts, type Shortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

interface Props {
  call: RollCallEntry
  /** Whether there are microphones to open. */
  onAir: boolean
  roll: Roll
  powers: Powers
}

const PRESENCES: Presence[] = ['present', 'absent', 'fault']

/** A roll call that runs. The keys 1, 2 and 3 answer for the chosen row, which follows whoever is called. */
export function Running({ call, onAir, roll, powers }: Props) {
  const words = useText().panel.rollCall
  const [picked, setPicked] = useState<string | null>(null)
  const [noting, setNoting] = useState<string | null>(null)
  const buttonsRef = useRef<Partial<Record<Presence | 'next' | 'end', HTMLButtonElement | null>>>({})
  const rowsRef = useRef(new Map<string, HTMLLIElement>())
  const { calling, figures } = call
  const called = calling?.venue ?? null
  const next = nextOf(call, picked)
  const at = call.venues.find(({ venue }) => venue === (picked ?? called ?? next?.venue)) ?? call.venues[0]
  const allowed = can.microphone(powers)

  const choose = (venue: string | null) => {
    if (venue === null) return
    setPicked(venue)
    rowsRef.current.get(venue)?.focus()
  }
  const take = (venue: string | undefined) => {
    if (venue === undefined || allowed !== null || roll.busy) return
    roll.take({ kind: 'call', venue })
    choose(venue)
  }
  const answer = (line: RollCallLine | undefined, presence: Presence) => {
    if (line === undefined || roll.busy) return
    roll.take({ kind: 'answer', venue: line.venue, presence, note: line.answer?.note ?? '' })
    // A fault is often told more of; whoever is there needs no further look.
    const following = presence === 'fault' ? null : nextAfter(call, line.venue)
    choose(following ?? line.venue)
  }
  const press = (button: HTMLButtonElement | null | undefined) => {
    if (button?.getAttribute('aria-disabled') !== 'true') button?.click()
  }
  const shortcuts: Shortcuts = {
    ArrowDown: () => choose(stepTo(call.venues, at?.venue ?? null, 1)),
    ArrowUp: () => choose(stepTo(call.venues, at?.venue ?? null, -1)),
    F5: () => press(buttonsRef.current.next),
    '1': () => press(buttonsRef.current.present),
    '2': () => press(buttonsRef.current.absent),
    '3': () => press(buttonsRef.current.fault),
    '4': () => {
      if (at !== undefined && (at.answer !== null || roll.busy)) setNoting(at.venue)
    },
    '0': () => pressByKey(buttonsRef.current.end),
  }
  useShortcuts(shortcuts)
  useEffect(() => rowsRef.current.get(at?.venue ?? '')?.focus(), []) // eslint-disable-line react-hooks/exhaustive-deps -- the first row has the keyboard from the start

  const opensFor = next !== null ? next.name : (at?.name ?? '')
  return (
    <div className="roll-run">
      <section className="roll-now" aria-label={words.now}>
        <dl className="roll-figures">
          {(['due', 'present', 'absent', 'fault', 'open'] as const).map((name) => (
            <div key={name} className={`roll-figure-${name}`}>
              <dt>{words.figures[name]}</dt>
              <dd>{figures[name]}</dd>
            </div>
          ))}
        </dl>
        <Now call={call} onAir={onAir} skewMs={roll.skewMs} />
        <Action
          ref={(button) => void (buttonsRef.current.next = button)}
          label={next === null ? words.allDone : next.venue === called ? words.callAgain(next.name) : words.next(next.name)}
          {...(next !== null && { hint: onAir ? words.callHint(opensFor) : words.callHintPlanned })}
          tone="primary"
          shortcut="F5"
          can={allowed}
          run={() => take(next?.venue)}
          busy={roll.busy || next === null}
        />
        {at !== undefined && (
          <div className="roll-answers">
            {PRESENCES.map((presence, index) => (
              <Action
                key={presence}
                ref={(button) => void (buttonsRef.current[presence] = button)}
                label={words.answer(words.presence[presence], at.name)}
                hint={at.venue === called && calling?.microphone === 'open' ? words.answerHint : words.answerHintShut}
                shortcut={String(index + 1)}
                can={allowed}
                run={() => answer(at, presence)}
                busy={roll.busy}
              />
            ))}
          </div>
        )}
        <Action
          ref={(button) => void (buttonsRef.current.end = button)}
          label={words.end}
          armedLabel={words.endArmed(figures.open)}
          hint={words.endHint}
          shortcut="0"
          can={allowed}
          run={() => roll.take({ kind: 'end' })}
          busy={roll.busy}
        />
      </section>
      <section className="roll-list" aria-label={words.list}>
        <h3>
          {words.list}
          <small>{words.keys}</small>
        </h3>
        <ol>
          {call.venues.map((line, index) => (
            <li
              key={line.venue}
              ref={(row) => {
                if (row === null) rowsRef.current.delete(line.venue)
                else rowsRef.current.set(line.venue, row)
              }}
              tabIndex={line.venue === at?.venue ? 0 : -1}
              aria-label={line.name}
              aria-current={line.venue === called ? 'step' : undefined}
              className={`roll-row${line.venue === at?.venue ? ' roll-row-chosen' : ''}${line.venue === called ? ' roll-row-called' : ''}`}
              onFocus={() => setPicked(line.venue)}
              onClick={() => choose(line.venue)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || event.repeat || event.target !== event.currentTarget) return
                event.preventDefault()
                take(line.venue)
              }}
            >
              <span className="roll-number">{index + 1}</span>
              <span className="roll-name">
                <strong>{line.name}</strong>
                <Said line={line} />
              </span>
              <Result line={line} now={line.venue === called} />
              {line.answer !== null && line.venue === at?.venue && noting !== line.venue && (
                <button type="button" className="text-button roll-write" onClick={() => setNoting(line.venue)}>
                  {words.writeNote} <kbd>4</kbd>
                </button>
              )}
              {line.answer !== null && noting === line.venue && (
                <Note
                  line={line}
                  keep={(note) => {
                    if (line.answer !== null) roll.take({ kind: 'answer', venue: line.venue, presence: line.answer.presence, note })
                    setNoting(null)
                    choose(line.venue)
                  }}
                  leave={() => {
                    setNoting(null)
                    choose(line.venue)
                  }}
                />
              )}
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}

/** Who comes after this one has answered. */
function nextAfter(call: RollCallEntry, venue: string): string | null {
  const venues = call.venues.filter((line) => line.venue !== venue || line.answer !== null)
  const at = call.venues.findIndex((line) => line.venue === venue)
  const later = call.venues.slice(at + 1).find(({ answer }) => answer === null)
  return (later ?? venues.find(({ answer }) => answer === null))?.venue ?? null
}

/** Who is called, for how long, and what that means for the microphone. */
function Now({ call, onAir, skewMs }: { call: RollCallEntry; onAir: boolean; skewMs: number }) {
  const words = useText().panel.rollCall
  const now = useNow(skewMs).getTime()
  const { calling } = call
  if (calling === null) return <p className="roll-calling roll-calling-none">{words.nobodyNow}</p>
  const name = call.venues.find(({ venue }) => venue === calling.venue)?.name ?? calling.venue
  const seconds = Math.max(0, Math.floor((now - calling.sinceMs) / 1000))
  const left = calling.closesAtMs === null ? null : Math.max(0, Math.floor((calling.closesAtMs - now) / 1000))
  return (
    <div className={`roll-calling roll-calling-${calling.microphone}`} role="status">
      <p>
        <span>{words.now}</span>
        <strong>{name}</strong>
        <time>{`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`}</time>
      </p>
      <p className="roll-microphone">
        {!onAir && calling.microphone === 'notThere' ? words.notOnAir : words.microphone[calling.microphone]}
        {left !== null && <span aria-hidden>{words.closesIn(left)}</span>}
      </p>
    </div>
  )
}

function Result({ line, now }: { line: RollCallLine; now: boolean }) {
  const words = useText().panel.rollCall
  if (line.answer !== null) return <span className={`roll-result roll-result-${line.answer.presence}`}>{words.presence[line.answer.presence]}</span>
  return <span className="roll-result roll-result-open">{now ? words.now : line.calledAtMs !== null ? words.noAnswer : words.unasked}</span>
}

function Said({ line: { answer, calledAtMs } }: { line: RollCallLine }) {
  const words = useText().panel.rollCall
  if (answer === null) return calledAtMs === null ? null : <small>{words.called(clock(new Date(calledAtMs)))}</small>
  return (
    <small>
      {answer.note !== '' && <em>{answer.note}</em>}
      {words.by(clock(new Date(answer.atMs)), answer.by)}
    </small>
  )
}

/** What is said of an answer; Enter keeps it, Escape leaves it as it was. */
function Note({ line, keep, leave }: { line: RollCallLine; keep: (note: string) => void; leave: () => void }) {
  const words = useText().panel.rollCall
  const [text, setText] = useState(line.answer?.note ?? '')
  const ref = useRef<InputRef>(null)
  useEffect(() => ref.current?.focus(), [])
  return (
    <Input
      ref={ref}
      className="roll-note"
      aria-label={words.noteOf(line.name)}
      placeholder={words.noteHint}
      maxLength={100}
      autoComplete="off"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onPressEnter={(event) => {
        event.stopPropagation()
        keep(text)
      }}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Escape') leave()
      }}
    />
  )
}

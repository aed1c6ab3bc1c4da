import { Button } from 'antd'
import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import type { MeetingEntry, MeetingStatus, RollCallVenue } from '@/api/generated/wire'
import { exportRollCall } from '@/api/roll-call'
import { useSteer } from '@/features/duty/use-steer'
import { runs } from '@/features/duty/roll-order'
import { OurAnswer } from '@/features/duty/RollOurAnswer'
import '@/features/duty/roll-call.css'
import { Running } from '@/features/duty/RollRunning'
import { RollSheet } from '@/features/duty/RollSheet'
import { useRoll } from '@/features/duty/use-roll'
import { clock } from '@/lib/format'
import { save } from '@/lib/save'
import { Action, pressByKey } from '@/panel/Action'
import { can, isToBe } from '@/panel/can'
import { closable, participants } from '@/panel/people'
import { PATHS, type Powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'

interface Props {
  meeting: MeetingEntry
  /** Its state on air; `null` before it is. */
  live: MeetingStatus | null
  powers: Powers
}

/** Roll call of one meeting: the branch venues in order, one called at a time, all of it by keyboard. */
export function RollCall({ meeting, live, powers }: Props) {
  const text = useText()
  const words = text.panel.rollCall
  const roll = useRoll(meeting.id)
  const latest = roll.data?.calls[0]
  const toBe = isToBe(meeting)
  const running = runs(latest, toBe) ? latest : null
  const take = useChange((format: 'xlsx' | 'csv') => exportRollCall(meeting.id, format), [])
  const download = (format: 'xlsx' | 'csv') => take.mutate(format, { onSuccess: (file) => save(file, `${words.file}-${meeting.title}.${format}`) })
  const list = roll.data?.list ?? []
  useEffect(() => {
    // On paper the sheet has a heading of its own.
    document.body.classList.add('prints-roll')
    return () => document.body.classList.remove('prints-roll')
  }, [])
  return (
    <section className="roll" aria-label={words.title}>
      <header className="roll-head">
        <div>
          <h2>{meeting.title}</h2>
          <p>
            {!toBe ? words.over : latest === undefined ? words.notBegun : latest.endedAtMs === null ? words.running(clock(new Date(latest.begunAtMs)), latest.begunBy) : words.ended(clock(new Date(latest.endedAtMs)))}
          </p>
        </div>
        <div className="roll-tools">
          <Link href={PATHS.duty}>
            <Button>{words.back}</Button>
          </Link>
          {latest !== undefined && (
            <>
              <Button onClick={() => globalThis.print()}>{words.print}</Button>
              <Button loading={take.isPending && take.variables === 'xlsx'} onClick={() => download('xlsx')}>
                {words.xlsx}
              </Button>
              <Button loading={take.isPending && take.variables === 'csv'} onClick={() => download('csv')}>
                {words.csv}
              </Button>
            </>
          )}
        </div>
      </header>
      <ProblemLine error={roll.error ?? take.error} />
      {meeting.kind === 'upper' && roll.data !== undefined && <OurAnswer meeting={meeting.id} venue={roll.data.ownVenue === '' ? words.county : roll.data.ownVenue} attendees={roll.data.attendees} />}
      {running !== null && <Running call={running} onAir={live !== null} roll={roll} powers={powers} />}
      {running === null && roll.data !== undefined && (list.length === 0 && latest === undefined ? <p className="quiet">{words.nobody}</p> : toBe && list.length > 0 && <Begin again={latest !== undefined} list={list} roll={roll} powers={powers} />)}
      {live !== null && <CloseAll live={live} powers={powers} />}
      {latest !== undefined && <RollSheet meeting={meeting} call={latest} hidden={running !== null} />}
      {roll.data !== undefined && roll.data.calls.length > 1 && (
        <section className="roll-earlier" aria-label={words.earlier}>
          <h3>{words.earlier}</h3>
          <ul>
            {roll.data.calls.slice(1).map(({ id, begunAtMs, figures }) => (
              <li key={id}>{words.earlierLine(clock(new Date(begunAtMs)), figures.present, figures.due, figures.absent, figures.fault)}</li>
            ))}
          </ul>
        </section>
      )}
    </section>
  )
}

/** Before the first call and after each: what it would begin. It has the focus, so that Enter begins. */
function Begin({ again, list, roll, powers }: { again: boolean; list: RollCallVenue[]; roll: ReturnType<typeof useRoll>; powers: Powers }) {
  const words = useText().panel.rollCall
  const ref = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!again) ref.current?.focus()
  }, [again])
  useShortcuts({ F5: () => pressByKey(ref.current) })
  return (
    <div className="roll-begin">
      <Action
        ref={ref}
        label={again ? words.again : words.begin}
        hint={again ? words.againHint : words.beginHint(list.length)}
        tone={again ? 'plain' : 'primary'}
        shortcut="F5"
        can={can.microphone(powers)}
        run={() => roll.take({ kind: 'begin' })}
        busy={roll.busy}
      />
      {!again && (
        <section className="roll-list" aria-label={words.list}>
          <h3>{words.list}</h3>
          <ol>
            {list.map(({ venue, name }, index) => (
              <li key={venue} className="roll-row">
                <span className="roll-number">{index + 1}</span>
                <strong className="roll-name">{name}</strong>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  )
}

/** The act that makes everything safe stays at hand. */
function CloseAll({ live, powers }: { live: MeetingStatus; powers: Powers }) {
  const words = useText().panel.duty
  const steer = useSteer(live.id)
  const ref = useRef<HTMLButtonElement>(null)
  const open = closable(participants(live, steer.answered))
  useShortcuts({ F2: () => pressByKey(ref.current) })
  return (
    <div className="roll-close-all">
      <Action ref={ref} label={words.closeAll} hint={words.closeAllHint(open)} icon="microphone-off" tone="safe" shortcut="F2" can={can.closeAll(powers, open)} run={steer.closeAll} busy={steer.busy} />
      <ProblemLine error={steer.error} />
    </div>
  )
}

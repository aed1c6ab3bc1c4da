import { Button, Input } from 'antd'
import { useState } from 'react'
import type { RecordingDetail, RecordingPart } from '@/api/generated/wire'
import { addMark, removeMark } from '@/api/panel'
import type { Chapter } from '@/features/library/cues'
import { Lock } from '@/features/library/Lock'
import { PART_SECONDS_MIN, typeTime } from '@/features/library/part'
import { clock } from '@/lib/format'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

interface Props {
  detail: RecordingDetail
  began: number
  /** Where one is, seconds. */
  at: number
  chapters: Chapter[]
  chapter: number
  go: (seconds: number) => void
  wall: (seconds: number) => string
  ask: (part: RecordingPart) => void
  keeps: boolean
  clerk: boolean
}

/** What stands beside the picture: what is missing, where to go, what people added, and asking for a part of it. */
export function Side({ detail, began, at, chapters, chapter, go, wall, ask, keeps, clerk }: Props) {
  const words = useText().panel.player
  const { entry, gaps } = detail
  return (
    <aside className="player-side">
      {gaps.length > 0 && (
        <section className="card player-gaps" aria-label={words.gaps}>
          <h2>{words.gaps}</h2>
          <ul>
            {gaps.map((gap) => (
              <li key={gap.fromMs}>{words.gap(clock(new Date(gap.fromMs)), clock(new Date(gap.toMs)))}</li>
            ))}
          </ul>
        </section>
      )}
      <section className="card" aria-label={words.chapters}>
        <h2>{words.chapters}</h2>
        {chapters.length === 0 && <p className="quiet">{words.noChapters}</p>}
        <ol className="player-chapters">
          {chapters.map((one, index) => (
            <ChapterRow key={one.mark?.id ?? one.from} recording={entry.id} one={one} current={index === chapter} go={go} wall={wall} remove={keeps && !entry.locked} />
          ))}
        </ol>
        {keeps && !entry.locked && <NewMark recording={entry.id} atMs={began + Math.round(at * 1000)} time={wall(at)} />}
      </section>
      {entry.note !== '' && (
        <section className="card" aria-label={words.note}>
          <h2>{words.note}</h2>
          <p className="player-note">{entry.note}</p>
        </section>
      )}
      {clerk && <AskPart at={at} length={(entry.lengthMs ?? 0) / 1000} ask={ask} />}
      <Lock detail={detail} locks={clerk || detail.entry.pen.mine} unlocks={detail.entry.pen.mine} />
      <p className="quiet">{words.keys}</p>
    </aside>
  )
}

interface RowProps {
  recording: string
  one: Chapter
  current: boolean
  go: (seconds: number) => void
  wall: (seconds: number) => string
  remove: boolean
}

function ChapterRow({ recording, one, current, go, wall, remove }: RowProps) {
  const words = useText().panel.player
  const gone = useChange(({ id }: { id: string }) => removeMark(recording, id), ['recordings'])
  return (
    <li className={one.mark === null ? undefined : 'player-mark'}>
      <button type="button" aria-current={current} onClick={() => go(one.from)}>
        <span>{wall(one.from)}</span>
        {one.text}
        {one.mark !== null && <small>{words.marked(one.mark.by)}</small>}
      </button>
      {one.mark !== null && remove && (
        <Button type="link" loading={gone.isPending} aria-label={words.removeMark(one.text)} onClick={() => one.mark !== null && gone.mutate({ id: one.mark.id })}>
          {words.remove}
        </Button>
      )}
      <ProblemLine error={gone.error} />
    </li>
  )
}

/** A mark at the place one is at. */
function NewMark({ recording, atMs, time }: { recording: string; atMs: number; time: string }) {
  const words = useText().panel.player
  const [typed, setTyped] = useState('')
  const mark = useChange((said: string) => addMark(recording, { atMs, text: said }), ['recordings'])
  const submit = () => {
    if (typed.trim() !== '') mark.mutate(typed.trim(), { onSuccess: () => setTyped('') })
  }
  return (
    <form
      className="player-new-mark"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Input maxLength={60} value={typed} aria-label={words.markText} placeholder={words.markHint} onChange={(event) => setTyped(event.target.value)} />
      <Button htmlType="submit" loading={mark.isPending} disabled={typed.trim() === ''}>
        {words.mark(time)}
      </Button>
      <ProblemLine error={mark.error} />
    </form>
  )
}

/** Chooses a part by playing to its beginning and to its end. */
function AskPart({ at, length, ask }: { at: number; length: number; ask: (part: RecordingPart) => void }) {
  const words = useText().panel.player
  const [from, setFrom] = useState(0)
  const [to, setTo] = useState(length)
  const fits = to - from >= PART_SECONDS_MIN
  return (
    <section className="card" aria-label={words.part}>
      <h2>{words.part}</h2>
      <div className="player-part">
        <Button onClick={() => setFrom(at)}>{words.partFrom(typeTime(from))}</Button>
        <Button onClick={() => setTo(at)}>{words.partTo(typeTime(to))}</Button>
        <Button type="primary" disabled={!fits} onClick={() => ask({ fromMs: Math.floor(from) * 1000, toMs: to >= length - 1 ? length * 1000 : Math.floor(to) * 1000 })}>
          {words.askPart}
        </Button>
      </div>
      <p className="quiet">{fits ? words.partHint : words.partShort(PART_SECONDS_MIN)}</p>
    </section>
  )
}

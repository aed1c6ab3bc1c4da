import { Button, Input } from 'antd'
import { useDeferredValue, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { AccountRole, RecordingEntry, SignOffEntry } from '@/api/generated/wire'
import { exportFile, remakeRecording, startExport } from '@/api/panel'
import '@/features/library/library.css'
import { AskSignOff } from '@/features/library/AskSignOff'
import { found } from '@/features/library/found'
import { Player } from '@/features/library/Player'
import { duration, megabytes, moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useRecordings, useSignOffs } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'
import { useNow } from '@/ui/use-now'

/** Every recording there is, found by the words of its meeting's title. */
export function LibraryPage({ roles, viewer }: { roles: AccountRole[]; viewer: string }) {
  const text = useText()
  const words = text.panel.library
  const now = useNow(0).getTime()
  const clerk = roles.includes('clerk')
  const plays = roles.some((role) => role === 'clerk' || role === 'approver' || role === 'operator')
  const keeps = clerk || roles.includes('operator')
  const remake = useChange(remakeRecording, ['recordings'])
  const all = useRecordings()
  const [search, setSearch] = useSearchParams()
  const typed = search.get('q') ?? ''
  const set = (change: { q?: string; play?: string }) =>
    setSearch(Object.fromEntries(Object.entries({ q: typed, ...change }).filter(([, value]) => value !== '')), { replace: change.q !== undefined })
  const rows = found(all.data ?? [], useDeferredValue(typed))
  const [asking, setAsking] = useState<RecordingEntry | null>(null)
  const head = words.columns
  const columns: Column<RecordingEntry>[] = [
    { title: head.title, cell: (entry) => <strong>{entry.title}</strong> },
    { title: head.time, cell: (entry) => moment(entry.startedAtMs, text.locale) },
    { title: head.length, cell: (entry) => duration((entry.lengthMs ?? (entry.endedAtMs ?? now) - entry.startedAtMs) / 1000, text.status.days), figure: true },
    { title: head.size, cell: (entry) => sizeOf(entry), figure: true },
    { title: head.state, cell: (entry) => <StateLine entry={entry} remake={keeps ? () => remake.mutate(entry.id) : null} /> },
    ...(plays
      ? [
          {
            title: head.actions,
            cell: (entry: RecordingEntry) => (
              <div className="row-actions">
                {(entry.state === 'ready' || entry.state === 'incomplete') && (
                  <Button type="primary" onClick={() => set({ play: entry.id })}>
                    {words.play}
                  </Button>
                )}
                {clerk && <Release entry={entry} ask={() => setAsking(entry)} />}
              </div>
            ),
          },
        ]
      : []),
  ]
  const played = search.get('play')
  if (played !== null) return <Player recording={played} viewer={viewer} close={() => set({ play: '' })} />
  return (
    <PageFrame title={words.title} hint={words.hint}>
      <ProblemLine error={all.error ?? remake.error} retry={() => void all.refetch()} />
      <section className="card">
        <div className="filters">
          <Input
            allowClear
            value={typed}
            placeholder={words.search}
            aria-label={words.search}
            onChange={(event) => set({ q: event.target.value })}
          />
        </div>
        <List rows={rows} columns={columns} id={(entry) => entry.id} none={all.data === undefined ? text.panel.loading : typed === '' ? words.none : words.noneFound} />
      </section>
      {asking !== null && <AskSignOff recording={asking} done={() => setAsking(null)} />}
    </PageFrame>
  )
}

const sizeOf = ({ bytes, now }: RecordingEntry): string => (bytes !== null ? megabytes(bytes) : now !== null ? megabytes(now.bytes) : '')

/** How a recording is, in words: what is missing, and why it can't be played. */
function StateLine({ entry, remake }: { entry: RecordingEntry; remake: (() => void) | null }) {
  const words = useText().panel.library
  const { state, percent, gaps, failure } = entry
  return (
    <div className={`recording-state recording-state-${state}`}>
      <strong>{words.state[state]}</strong>
      {state === 'finalising' && <small>{percent === null ? words.inTurn : words.percent(percent)}</small>}
      {state === 'incomplete' && <small>{words.gaps(gaps ?? 0)}</small>}
      {failure !== null && <small>{words.failure[failure.kind]}</small>}
      {state === 'failed' && remake !== null && <Button onClick={remake}>{words.remake}</Button>}
    </div>
  )
}

/** What of a recording's release is the clerk's next step. */
function Release({ entry, ask }: { entry: RecordingEntry; ask: () => void }) {
  const words = useText().panel.library
  const signOffs = useSignOffs()
  const fetch = useChange(startExport, [])
  const mine = (signOffs.data ?? []).find((one: SignOffEntry) => one.recording === entry.id && one.mine && (one.standing === 'waiting' || one.standing === 'open'))
  if (entry.state !== 'ready' && entry.state !== 'incomplete') return null
  if (mine?.standing === 'waiting') return <span className="quiet">{words.asked}</span>
  if (mine?.standing === 'open')
    return (
      <>
        <Button loading={fetch.isPending} onClick={() => fetch.mutate(mine.id, { onSuccess: (made) => location.assign(exportFile(made)) })}>
          {words.download}
        </Button>
        <ProblemLine error={fetch.error} />
      </>
    )
  return <Button onClick={ask}>{words.ask}</Button>
}

import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, DatePicker, Input, Select, Tag } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import type { AccountRole, AskedEntry, RecordingEntry, Within } from '@/api/generated/wire'
import { exportFile, recordings, remakeRecording, startExport } from '@/api/panel'
import '@/features/library/library.css'
import { AskSignOff } from '@/features/library/AskSignOff'
import { Catalogue } from '@/features/library/Catalogue'
import { typeTime } from '@/features/library/part'
import { Player } from '@/features/library/Player'
import { duration, megabytes, moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'
import { useNow } from '@/ui/use-now'

const LOOK_EVERY_MS = 10_000
const DAY_MS = 86_400_000
const WITHIN: Within[] = ['title', 'unit', 'attendee', 'agenda']

type Doing = { kind: 'asking' | 'cataloguing'; entry: RecordingEntry } | null

/** Every recording there is, found by the words of its meeting and by its date; the server looks, a page at a time. */
export function LibraryPage({ roles, viewer }: { roles: AccountRole[]; viewer: string }) {
  const text = useText()
  const words = text.panel.library
  const now = useNow(0).getTime()
  const clerk = roles.includes('clerk')
  const keeps = clerk || roles.includes('operator')
  const remake = useChange(remakeRecording, ['recordings'])
  const [search, setSearch] = useSearchParams()
  const wanted = { q: search.get('q') ?? '', within: search.get('within') ?? '', from: search.get('from') ?? '', to: search.get('to') ?? '' }
  const set = (change: Partial<typeof wanted & { play: string }>) =>
    setSearch(Object.fromEntries(Object.entries({ ...wanted, ...change }).filter(([, value]) => value !== '')), { replace: change.play === undefined })
  const pages = useInfiniteQuery({
    queryKey: ['recordings', 'found', wanted],
    queryFn: ({ pageParam }) => recordings({ q: wanted.q, within: WITHIN.find((one) => one === wanted.within) ?? null, fromMs: midnight(wanted.from), toMs: midnight(wanted.to, DAY_MS) }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: LOOK_EVERY_MS,
    placeholderData: (before) => before,
  })
  const [doing, setDoing] = useState<Doing>(null)
  const head = words.columns
  const columns: Column<RecordingEntry>[] = [
    { title: head.title, cell: (entry) => <Title entry={entry} /> },
    { title: head.time, cell: (entry) => moment(entry.startedAtMs, text.locale) },
    { title: head.length, cell: (entry) => duration((entry.lengthMs ?? (entry.endedAtMs ?? now) - entry.startedAtMs) / 1000, text.status.days), figure: true },
    { title: head.size, cell: (entry) => sizeOf(entry), figure: true },
    { title: head.state, cell: (entry) => <StateLine entry={entry} remake={keeps ? () => remake.mutate(entry.id) : null} /> },
    {
      title: head.actions,
      cell: (entry) => (
        <div className="row-actions">
          {isPlayable(entry) && (
            <Button type="primary" onClick={() => set({ play: entry.id })}>
              {words.play}
            </Button>
          )}
          {entry.state === 'recording' && (entry.now?.composedMs ?? 0) > 0 && <Button onClick={() => set({ play: entry.id })}>{words.playSoFar}</Button>}
          {keeps && <Button onClick={() => setDoing({ kind: 'cataloguing', entry })}>{words.catalogue}</Button>}
          {clerk && isPlayable(entry) && <Release entry={entry} ask={() => setDoing({ kind: 'asking', entry })} />}
        </div>
      ),
    },
  ]
  const rows = pages.data?.pages.flatMap((page) => page.entries) ?? []
  const looked = Object.values(wanted).some((value) => value !== '')
  const played = search.get('play')
  if (played !== null) return <Player recording={played} viewer={viewer} keeps={keeps} clerk={clerk} close={() => set({ play: '' })} />
  return (
    <PageFrame title={words.title} hint={words.hint}>
      <ProblemLine error={pages.error ?? remake.error} retry={() => void pages.refetch()} />
      <section className="card">
        <div className="filters library-filters" role="search">
          <SearchField key={wanted.q === '' ? 'empty' : 'typed'} typed={wanted.q} look={(q) => set({ q })} />
          <Select
            value={wanted.within}
            aria-label={words.within}
            onChange={(within) => set({ within })}
            options={[{ value: '', label: words.anywhere }, ...WITHIN.map((value) => ({ value, label: words.where[value] }))]}
          />
          <DatePicker.RangePicker
            allowEmpty={[true, true]}
            value={[dayOf(wanted.from), dayOf(wanted.to)]}
            placeholder={[words.fromDay, words.toDay]}
            onChange={(days) => set({ from: days?.[0]?.format('YYYY-MM-DD') ?? '', to: days?.[1]?.format('YYYY-MM-DD') ?? '' })}
          />
          {looked && <Button onClick={() => set({ q: '', within: '', from: '', to: '' })}>{words.clear}</Button>}
        </div>
        <List rows={rows} columns={columns} id={(entry) => entry.id} none={pages.data === undefined ? text.panel.loading : looked ? words.noneFound : words.none} />
        {pages.hasNextPage ? (
          <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {words.more}
          </Button>
        ) : (
          rows.length > 0 && <p className="quiet">{words.end(rows.length, looked)}</p>
        )}
      </section>
      {doing?.kind === 'asking' && <AskSignOff recording={doing.entry} done={() => setDoing(null)} />}
      {doing?.kind === 'cataloguing' && <Catalogue recording={doing.entry} done={() => setDoing(null)} />}
    </PageFrame>
  )
}

const isPlayable = ({ state }: RecordingEntry): boolean => state === 'ready' || state === 'incomplete'
const sizeOf = ({ bytes }: RecordingEntry): string => (bytes === null ? '' : megabytes(bytes))
const dayOf = (day: string) => (dayjs(day, 'YYYY-MM-DD', true).isValid() ? dayjs(day) : null)
const midnight = (day: string, laterMs = 0): number | null => {
  const at = dayOf(day)
  return at === null ? null : at.startOf('day').valueOf() + laterMs
}

/** Looks a moment after the last key, and at once when Enter is pressed. */
function SearchField({ typed, look }: { typed: string; look: (words: string) => void }) {
  const words = useText().panel.library
  const [value, setValue] = useState(typed)
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>()
  const change = (next: string, waitMs: number) => {
    clearTimeout(timer)
    setValue(next)
    setTimer(setTimeout(() => look(next.trim()), waitMs))
  }
  return <Input allowClear value={value} placeholder={words.searchHint} aria-label={words.search} onChange={(event) => change(event.target.value, 400)} onPressEnter={() => change(value, 0)} />
}

function Title({ entry }: { entry: RecordingEntry }) {
  const words = useText().panel.library
  return (
    <div className="recording-title">
      <strong>{entry.title}</strong>
      {entry.locked && <Tag color="blue">{words.locked}</Tag>}
      {entry.unit !== '' && <small>{entry.unit}</small>}
      {entry.note !== '' && <small>{words.noted(entry.note)}</small>}
    </div>
  )
}

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

/** What of a recording's release is the clerk's next step; of a part they asked for, that part. */
function Release({ entry, ask }: { entry: RecordingEntry; ask: () => void }) {
  const words = useText().panel.library
  const fetch = useChange(startExport, [])
  const part = ({ part: of }: AskedEntry) => (of === null ? null : words.part(typeTime(of.fromMs / 1000), typeTime(of.toMs / 1000)))
  return (
    <>
      {entry.asked.map((asked) =>
        asked.open ? (
          <Button key={asked.signOff} loading={fetch.isPending && fetch.variables === asked.signOff} onClick={() => fetch.mutate(asked.signOff, { onSuccess: (made) => location.assign(exportFile(made)) })}>
            {words.download(part(asked))}
          </Button>
        ) : (
          <span key={asked.signOff} className="quiet">
            {words.asked(part(asked))}
          </span>
        ),
      )}
      <ProblemLine error={fetch.error} />
      {!entry.asked.some((asked) => asked.part === null) && <Button onClick={ask}>{words.ask}</Button>}
    </>
  )
}

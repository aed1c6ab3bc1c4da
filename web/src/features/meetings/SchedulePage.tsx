import { Button, Segmented, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import type { AccountRole, MeetingEntry, VenueEntry } from '@/api/generated/wire'
import { dayOf, startOn, weekOf } from '@/features/meetings/board'
import { DayList } from '@/features/meetings/DayList'
import { Emergency } from '@/features/meetings/Emergency'
import { MeetingForm, type Beginning } from '@/features/meetings/MeetingForm'
import { MonthBoard } from '@/features/meetings/MonthBoard'
import { SchedulePapers } from '@/features/meetings/Papers'
import { Sheet } from '@/features/meetings/Sheet'
import { WeekBoard, type Wish } from '@/features/meetings/WeekBoard'
import '@/features/meetings/schedule.css'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import { PageFrame } from '@/panel/PageFrame'
import { powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useDays, useMeetingsBetween, useReadiness, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const VIEWS = ['week', 'month', 'list'] as const
type View = (typeof VIEWS)[number]

const isView = (text: string | null): text is View => VIEWS.some((view) => view === text)

/** What is fetched for a view, with the days beside a month that its page shows. */
const rangeOf = (view: View, day: Dayjs): [Dayjs, Dayjs] => {
  const [monday = day] = weekOf(day)
  if (view === 'week') return [monday, monday.add(7, 'day')]
  return view === 'month' ? [day.startOf('month').subtract(7, 'day'), day.endOf('month').add(14, 'day')] : [day, day.add(31, 'day')]
}

/** When and where meetings take place: a week on the wall, a month at a glance, or a list. */
export function SchedulePage({ roles }: { roles: AccountRole[] }) {
  const text = useText()
  const words = text.panel.board
  const [search, setSearch] = useSearchParams()
  const now = dayjs(useNow(0))
  const asked = search.get('view')
  // A week of all venues is wider than a telephone.
  const [usual] = useState<View>(() => (matchMedia('(max-width: 600px)').matches ? 'list' : 'week'))
  const view: View = isView(asked) ? asked : usual
  const day = dayOf(search.get('day'), now)
  const only = search.get('venue')
  const [from, to] = rangeOf(view, day)
  const found = useMeetingsBetween(from.valueOf(), to.valueOf())
  const venues = useVenues()
  const special = useDays().data ?? []
  const readiness = useReadiness(from.valueOf(), to.valueOf())
  const [making, setMaking] = useState<Beginning | null>(null)
  const [shown, setShown] = useState<MeetingEntry | null>(null)
  const mine = powers(roles)
  const see = (change: { view?: View; day?: Dayjs; venue?: string | null }) => {
    const next = { view: change.view ?? view, day: (change.day ?? day).format('YYYY-MM-DD'), venue: change.venue === undefined ? only : change.venue }
    setSearch({ view: next.view, day: next.day, ...(next.venue !== null && { venue: next.venue }) }, { replace: true })
  }
  const step = (by: number) => see({ day: view === 'week' ? day.add(7 * by, 'day') : view === 'month' ? day.add(by, 'month') : day.add(31 * by, 'day') })
  const all = venues.data ?? []
  const meetings = (found.data ?? []).filter(({ venues: of }) => only === null || of.includes(only))
  const lines = only === null ? all : all.filter(({ id }) => id === only)
  const make = ({ day: on, half, venue }: Wish) => setMaking({ startsAtMs: startOn(on, half, now).valueOf(), venues: venue === null ? [] : [venue.id] })
  const week = weekOf(day)
  const title = view === 'month' ? day.format(words.monthFormat) : view === 'week' ? words.week((week[0] ?? day).format(words.longFormat), (week[6] ?? day).format(words.longFormat)) : words.from(day.format(words.longFormat))
  return (
    <PageFrame
      title={words.title}
      {...(mine.steer && { hint: words.hint })}
      actions={
        <>
          {mine.steer && (
            <OffButton size="large" danger can={can.plan(mine)} onClick={() => setSearch((old) => ({ ...Object.fromEntries(old), emergency: '' }))}>
              {words.emergency}
            </OffButton>
          )}
          <Button size="large" onClick={() => print()}>
            {text.panel.print}
          </Button>
          <SchedulePapers view={view} day={day} today={now} />
          {mine.steer && (
            <OffButton type="primary" size="large" can={can.plan(mine)} onClick={() => setMaking({ startsAtMs: startOn(day, 'morning', now).valueOf(), venues: all.map(({ id }) => id) })}>
              {text.panel.meetings.make}
            </OffButton>
          )}
        </>
      }
    >
      <ProblemLine error={found.error ?? venues.error} retry={() => void found.refetch()} />
      <div className="board-bar">
        <Segmented<View> aria-label={words.view} value={view} onChange={(next) => see({ view: next })} options={VIEWS.map((value) => ({ value, label: words.views[value] }))} />
        <div className="board-step">
          <Button aria-label={words.before[view]} onClick={() => step(-1)}>
            ‹
          </Button>
          <Button onClick={() => see({ day: now })}>{words.today}</Button>
          <Button aria-label={words.after[view]} onClick={() => step(1)}>
            ›
          </Button>
        </div>
        <Select
          aria-label={words.venue}
          value={only ?? ''}
          onChange={(id) => see({ venue: id === '' ? null : id })}
          options={[{ value: '', label: words.allVenues }, ...all.map((venue: VenueEntry) => ({ value: venue.id, label: venue.name }))]}
        />
      </div>
      <section className="card board-card" aria-label={title} aria-busy={found.isFetching}>
        <h2>{title}</h2>
        {view === 'week' && <WeekBoard days={week} meetings={meetings} venues={lines} special={special} readiness={readiness} today={now} make={mine.steer ? make : null} show={setShown} />}
        {view === 'month' && <MonthBoard day={day} meetings={meetings} special={special} go={(on, to) => see({ day: on, view: to })} />}
        {view === 'list' && <DayList from={day} meetings={meetings} venues={all} special={special} readiness={readiness} show={setShown} />}
        <p className="board-printed">{words.printed(now.format(words.stampFormat))}</p>
      </section>
      {making !== null && venues.data !== undefined && <MeetingForm meeting={null} beginning={making} venues={all} done={() => setMaking(null)} />}
      {shown !== null && <Sheet meeting={shown} ready={readiness.get(shown.id)} venues={all} powers={mine} done={() => setShown(null)} />}
      {search.has('emergency') && mine.steer && venues.data !== undefined && <Emergency venues={all} done={() => see({})} />}
    </PageFrame>
  )
}

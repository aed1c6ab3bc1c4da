import { Button, Tag } from 'antd'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { closeMeeting } from '@/api/panel'
import type { AccountRole, MeetingEntry } from '@/api/generated/wire'
import { CancelMeeting } from '@/features/meetings/CancelMeeting'
import { MeetingForm } from '@/features/meetings/MeetingForm'
import { ProfilesPage } from '@/features/meetings/ProfilesPage'
import { span } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { can, isToBe } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import { OpenMeeting } from '@/panel/OpenMeeting'
import { PageFrame } from '@/panel/PageFrame'
import { attendanceOf, PATHS, places, powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { TablePage } from '@/panel/TablePage'
import { useChange, useMeetings, useReadiness, useVenues } from '@/panel/queries'
import { ReadinessTag } from '@/panel/ReadinessTag'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'
import { useNow } from '@/ui/use-now'

type Doing = { kind: 'opening' | 'closing' | 'changing' | 'cancelling'; meeting: MeetingEntry } | null

const COLOUR = { planned: 'processing', on_air: 'error', closed: 'default', cancelled: 'warning' } as const
const DAY_MS = 86_400_000
/** How many days ahead it is asked which meetings are ready. */
const DAYS = 366

const ORDER = { on_air: 0, planned: 1, closed: 2, cancelled: 2 } as const

/** All meetings: what is on first, then what comes, then what was. */
export function MeetingsPage({ roles }: { roles: AccountRole[] }) {
  const text = useText()
  const words = text.panel.meetings
  const now = useNow(0).getTime()
  const [everything, setEverything] = useState(false)
  const meetings = useMeetings(everything ? 'all' : 'near')
  const venues = useVenues()
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const ready = useReadiness(today - DAY_MS, today + DAYS * DAY_MS)
  const [search, setSearch] = useSearchParams()
  const [doing, setDoing] = useState<Doing>(null)
  const close = useChange(closeMeeting, ['meetings', 'legs'])
  const mine = powers(roles)
  const making = search.has('new') && mine.steer
  const asked = search.get('profile')
  const given = asked === null ? {} : { profile: asked }
  const make = (on: boolean) => setSearch(on ? { new: '' } : {}, { replace: true })
  const all = [...(meetings.data ?? [])].sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.startsAtMs - b.startsAtMs)
  const rows = everything ? all : all.filter(isToBe)
  const venueName = (id: string) => venues.data?.find((venue) => venue.id === id)?.name ?? id
  const onDuty = places(roles).includes('duty')
  const head = words.columns
  const columns: Column<MeetingEntry>[] = [
    {
      title: head.title,
      cell: (row) => (
        <div className="wraps">
          <strong>{row.title}</strong> {row.series !== null && <Tag>{text.panel.series.mark}</Tag>} {row.state === 'planned' && <ReadinessTag entry={ready.get(row.id)} />}
          <p className="quiet">{words.kinds[row.kind]}</p>
          <People meeting={row} />
          {row.cancelReason !== '' && <p className="quiet">{words.cancelledBecause(row.cancelReason)}</p>}
        </div>
      ),
    },
    { title: head.state, cell: (row) => (
        <>
          <Tag color={COLOUR[row.state]}>{words.state[row.state]}</Tag>
          {row.signing !== null && row.signing.state !== 'signed' && <Tag color="orange">{text.panel.signing.state[row.signing.state]}</Tag>}
        </>
      ),
    },
    { title: head.time, cell: (row) => span(row.startsAtMs, row.endsAtMs, now, text.locale) },
    { title: head.venues, cell: (row) => <div className="wraps">{row.venues.length === 0 ? '–' : row.venues.map(venueName).join(text.comma)}</div> },
    {
      title: head.actions,
      cell: (row) => (
        <div className="row-actions row-actions-many">
          {row.tests !== null && (
            <Link href={`${PATHS.jointTest}?of=${row.id}`}>
              <Button type="primary">{text.panel.joint.sheetOpen}</Button>
            </Link>
          )}
          {row.state === 'planned' && row.tests === null && (
            <OffButton type="primary" can={can.open(mine, row)} onClick={() => setDoing({ kind: 'opening', meeting: row })}>
              {words.open}
            </OffButton>
          )}
          {row.state === 'on_air' && (
            <>
              {onDuty && (
                <Link href={PATHS.duty}>
                  <Button type="primary">{words.duty}</Button>
                </Link>
              )}
              {mine.view && (
                <>
                  <Button href={`/screen/${encodeURIComponent(row.id)}`} target="_blank" rel="noopener">
                    {words.screen}
                  </Button>
                  <Button href={`/join/${encodeURIComponent(row.id)}`} target="_blank" rel="noopener">
                    {words.enter}
                  </Button>
                </>
              )}
              <OffButton danger can={can.close(mine, row)} onClick={() => setDoing({ kind: 'closing', meeting: row })}>
                {words.close}
              </OffButton>
            </>
          )}
          {isToBe(row) && (
            <OffButton can={can.change(mine, row)} onClick={() => setDoing({ kind: 'changing', meeting: row })}>
              {text.panel.edit}
            </OffButton>
          )}
          {mine.attend && row.state !== 'cancelled' && (
            <Link href={attendanceOf(row.id)}>
              <Button>{text.panel.attendance.list}</Button>
            </Link>
          )}
          {row.state === 'planned' && (
            <OffButton danger can={can.cancel(mine, row)} onClick={() => setDoing({ kind: 'cancelling', meeting: row })}>
              {words.cancel}
            </OffButton>
          )}
        </div>
      ),
    },
  ]
  if (search.has('days') && mine.steer) return <TablePage kinds={['days']} backTo={text.panel.schedule.backToMeetings} back={() => setSearch({}, { replace: true })} />
  if (search.has('profiles') && mine.steer) return <ProfilesPage back={() => setSearch({}, { replace: true })} use={({ id }) => setSearch({ new: '', profile: id })} />
  return (
    <PageFrame
      title={words.title}
      hint={words.hint}
      actions={
        <>
          {mine.steer && (
            <>
              <Button size="large" onClick={() => setSearch({ profiles: '' })}>
                {text.panel.profiles.title}
              </Button>
              <Button size="large" onClick={() => setSearch({ days: '' })}>
                {text.panel.schedule.days}
              </Button>
            </>
          )}
          <OffButton type="primary" size="large" can={can.plan(mine)} onClick={() => make(true)}>
            {words.make}
          </OffButton>
        </>
      }
    >
      <ProblemLine error={meetings.error} retry={() => void meetings.refetch()} />
      <section className="card">
        <List rows={rows} columns={columns} id={(row) => row.id} none={meetings.data === undefined ? text.panel.loading : words.none} />
        <Button type="link" onClick={() => setEverything(!everything)}>
          {everything ? words.showNear : words.showAll}
        </Button>
      </section>
      {making && venues.data !== undefined && <MeetingForm meeting={null} {...given} venues={venues.data} done={() => make(false)} />}
      {doing?.kind === 'changing' && venues.data !== undefined && <MeetingForm meeting={doing.meeting} venues={venues.data} done={() => setDoing(null)} />}
      {doing?.kind === 'cancelling' && <CancelMeeting meeting={doing.meeting} done={() => setDoing(null)} />}
      {doing?.kind === 'opening' && <OpenMeeting meeting={doing.meeting} done={() => setDoing(null)} />}
      {doing?.kind === 'closing' && (
        <Ask
          title={words.closeTitle(doing.meeting.title)}
          effect={words.closeEffect}
          confirm={words.closeConfirm}
          busy={close.isPending}
          error={close.error}
          yes={() => close.mutate(doing.meeting.id, { onSuccess: () => setDoing(null) })}
          no={() => setDoing(null)}
        />
      )}
    </PageFrame>
  )
}

/** Whose duty it is and which leaders attend. */
function People({ meeting: { operator, leaders } }: { meeting: MeetingEntry }) {
  const text = useText()
  const words = text.panel.schedule
  const parts = [...(operator === null ? [] : [`${words.operator} ${operator.name}`]), ...(leaders.length === 0 ? [] : [`${words.leaders} ${leaders.map(({ name }) => name).join(text.comma)}`])]
  return parts.length === 0 ? null : <p className="quiet">{parts.join(' · ')}</p>
}

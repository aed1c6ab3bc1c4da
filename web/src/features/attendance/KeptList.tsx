import { Button, Segmented } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { attendancePaper } from '@/api/attendance'
import { readNotice } from '@/api/panel'
import type { AttendanceList, AttendeeEntry, InvitedUnit } from '@/api/generated/wire'
import { AddPeople } from '@/features/attendance/AddPeople'
import { ChangePerson } from '@/features/attendance/ChangePerson'
import { CopyList } from '@/features/attendance/CopyList'
import { EditNotice } from '@/features/attendance/EditNotice'
import { Figures } from '@/features/attendance/Figures'
import { Invite } from '@/features/attendance/Invite'
import { Terms } from '@/features/attendance/Terms'
import { UnitCard } from '@/features/attendance/UnitCard'
import { useAttendance } from '@/features/attendance/use-attendance'
import { shows, SHOWN, type Shown } from '@/lib/attendance'
import { hourMinute, moment, span } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { PATHS, signInTo } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useAttendanceFile } from '@/panel/use-attendance-file'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

type Doing = { kind: 'inviting' | 'copying' | 'notice' | 'terms' } | { kind: 'adding'; unit: InvitedUnit } | { kind: 'changing'; person: AttendeeEntry } | null

/** The list of one meeting: its units in order, each with its receipt and its people. */
export function KeptList({ meeting }: { meeting: string }) {
  const text = useText()
  const words = text.panel.attendance
  const attending = useAttendance(meeting)
  const now = useNow(attending.skewMs).getTime()
  const [which, setWhich] = useState<Shown>('all')
  const [doing, setDoing] = useState<Doing>(null)
  const { data } = attending
  const fetched = useAttendanceFile(meeting, data?.title ?? '')
  const done = () => {
    attending.forget()
    setDoing(null)
  }
  const settled = data?.hours.phase === 'cancelled'
  const units = (data?.units ?? []).filter((unit) => shows(which, unit))
  return (
    <PageFrame
      title={words.title}
      actions={
        <>
          <Link href={PATHS.attendance}>
            <Button>{words.back}</Button>
          </Link>
          <Link href={signInTo(meeting)}>
            <Button>{words.door}</Button>
          </Link>
          <Button type="primary" disabled={data === undefined || settled} onClick={() => setDoing({ kind: 'inviting' })}>
            {words.invite}
          </Button>
        </>
      }
    >
      <ProblemLine error={attending.error ?? fetched.error ?? (doing === null ? attending.refused : null)} />
      {data === undefined ? (
        attending.error === null && <p className="quiet">{text.panel.loading}</p>
      ) : (
        <>
          <Head meeting={meeting} list={data} nowMs={now} change={(kind) => setDoing({ kind })} />
          <div className="att-tools">
            <Segmented<Shown> aria-label={words.list} value={which} onChange={setWhich} options={SHOWN.map((value) => ({ value, label: `${words.filter[value]}（${data.units.filter((unit) => shows(value, unit)).length}）` }))} />
            <span className="att-tools-more">
              {!settled && <Button onClick={() => setDoing({ kind: 'copying' })}>{words.copy}</Button>}
              {data.units.length > 0 && (
                <>
                  <Button href={attendancePaper(meeting)} download>
                    {words.print}
                  </Button>
                  <Button loading={fetched.isPending && fetched.variables === 'xlsx'} onClick={() => fetched.mutate('xlsx')}>
                    {words.xlsx}
                  </Button>
                  <Button loading={fetched.isPending && fetched.variables === 'csv'} onClick={() => fetched.mutate('csv')}>
                    {words.csv}
                  </Button>
                </>
              )}
            </span>
          </div>
          {units.length === 0 && <p className="card att-none">{data.units.length === 0 ? words.empty : words.filtered}</p>}
          {units.map((unit) => (
            <UnitCard
              key={unit.unit}
              meeting={meeting}
              unit={unit}
              list={data}
              attending={attending}
              add={() => setDoing({ kind: 'adding', unit })}
              change={(person) => setDoing({ kind: 'changing', person })}
            />
          ))}
          {doing?.kind === 'inviting' && <Invite meeting={meeting} list={data} attending={attending} done={done} />}
          {doing?.kind === 'copying' && <CopyList meeting={meeting} attending={attending} done={done} />}
          {doing?.kind === 'notice' && <EditNotice meeting={meeting} done={done} />}
          {doing?.kind === 'terms' && <Terms meeting={meeting} list={data} attending={attending} done={done} />}
          {doing?.kind === 'adding' && <AddPeople meeting={meeting} unit={doing.unit} attending={attending} done={done} />}
          {doing?.kind === 'changing' && <ChangePerson meeting={meeting} person={doing.person} canBeAbsent={now >= data.hours.opensAtMs} attending={attending} done={done} />}
        </>
      )}
    </PageFrame>
  )
}

function Head({ meeting, list, nowMs, change }: { meeting: string; list: AttendanceList; nowMs: number; change: (what: 'notice' | 'terms') => void }) {
  const text = useText()
  const words = text.panel.attendance
  // Not under the name that forms ask by: those begin with what the server says then.
  const notice = useQuery({ queryKey: ['notice', meeting], queryFn: () => readNotice(meeting) })
  const asked = notice.data?.requirements ?? []
  const { answersUntilMs, opensAtMs, closesAtMs } = list.hours
  // The day is said once.
  const day = new Date(list.startsAtMs).toDateString()
  const at = (ms: number) => (new Date(ms).toDateString() === day ? hourMinute(ms) : moment(ms, text.locale))
  return (
    <section className="att-head" aria-label={list.title}>
      <div>
        <h2>{list.title}</h2>
        <p>{span(list.startsAtMs, list.endsAtMs, nowMs, text.locale)}</p>
        <p className="quiet">{words.hours(moment(answersUntilMs, text.locale), at(opensAtMs), at(closesAtMs))}</p>
        {asked.length > 0 && <p className="quiet att-requires">{words.requires(asked.join(text.comma))}</p>}
        <p className="att-terms">
          <Button onClick={() => change('notice')}>{words.notice}</Button>
          <Button onClick={() => change('terms')}>{words.terms}</Button>
        </p>
      </div>
      <Figures figures={list.figures} />
    </section>
  )
}

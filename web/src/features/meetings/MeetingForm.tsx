import { Alert, Button, Form, Modal } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useQuery } from '@tanstack/react-query'
import { isFrozen, isUnconfirmed } from '@/api/problem'
import { changeMeeting, makeMeeting, openMeeting, readNotice as askNotice, planSeries, scheduleChoices, writeNotice, type Draft } from '@/api/panel'
import type { MeetingEntry, MeetingNotice, MeetingOpening, ProfileEntry, ScheduleChoices, SeriesCheck, VenueEntry } from '@/api/generated/wire'
import { Findings } from '@/features/meetings/Findings'
import { MeetingFields, type Fields } from '@/features/meetings/MeetingFields'
import { filled, openingOf, readOpening, turnedTo } from '@/features/meetings/opening'
import { countsOf, NO_REPEAT, ruleOf } from '@/features/meetings/repeat'
import { Scope } from '@/panel/Scope'
import { Turns } from '@/features/meetings/Turns'
import { isBlocked, isSeriesBlocked, NOT_AGREED, of, useCheck, useSeries, type Agreed, type SeriesAgreed } from '@/features/meetings/use-check'
import { EMPTY_NOTICE, readNotice, typeNotice } from '@/lib/notice'
import { PATHS } from '@/panel/places'
import { showFaults } from '@/panel/field-faults'
import { OffButton } from '@/panel/OffButton'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useProfiles } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const NO_TICKS: SeriesAgreed = { leavesOut: false, warned: false }
const LENGTHS = [1, 1.5, 2, 3, 4, 8]

/** How many meetings are made of a series. */
const made = (check: SeriesCheck, { leavesOut }: SeriesAgreed): number => {
  const { held, moved, warned, taken } = countsOf(check)
  return held + moved + warned + (leavesOut ? 0 : taken)
}

const draftOf = ({ id, startsAtMs, endsAtMs, kind, venues, line, operator, leaders }: MeetingEntry): Draft => ({
  id,
  startsAtMs,
  endsAtMs,
  kind,
  venues,
  line: line ?? '',
  operator: operator?.account ?? '',
  leaders: leaders.map(({ account }) => account),
})

/** How it opens, as far as the form holds it. */
const defined = (typed: Partial<Fields> | undefined): Partial<MeetingOpening> =>
  typed?.byItself === undefined ? {} : { byItself: typed.byItself, beforeMinutes: typed.beforeMinutes ?? 0, recorded: typed.recorded ?? false, microphones: typed.microphones ?? 'closed', banner: typed.banner ?? '' }

/** What is known of a new meeting before it is typed. */
export interface Beginning {
  startsAtMs: number
  venues: string[]
}

/** One press of a button that saves. */
interface Wish {
  fields: Fields
  open: boolean
  /** The planner knows of what the server asked about. */
  knows: boolean
  /** The planner knows that what was tested becomes another. */
  afterTest: boolean
  /** What stands for the meeting as it was typed then. */
  asked: string
}

interface Props {
  meeting: MeetingEntry | null
  beginning?: Beginning
  /** The profile it is planned with. */
  profile?: string
  venues: VenueEntry[]
  done: () => void
}

/** A meeting in few fields: everything but its title has a sensible answer already. */
export function MeetingForm({ meeting, ...rest }: Props) {
  const id = meeting?.id ?? null
  const notice = useQuery({ queryKey: ['meetings', id, 'notice'], queryFn: () => (id === null ? EMPTY_NOTICE : askNotice(id)), gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false })
  const choices = useQuery({ queryKey: ['meetings', 'choices'], queryFn: scheduleChoices, refetchOnWindowFocus: false })
  const profiles = useProfiles(meeting === null)
  if (notice.data === undefined) return <ProblemLine error={notice.error} retry={() => void notice.refetch()} />
  if (choices.data === undefined) return <ProblemLine error={choices.error} retry={() => void choices.refetch()} />
  if (meeting === null && profiles.data === undefined) return <ProblemLine error={profiles.error} retry={() => void profiles.refetch()} />
  return <KnownMeetingForm meeting={meeting} notice={notice.data} choices={choices.data} profiles={profiles.data ?? []} {...rest} />
}

function KnownMeetingForm({ meeting, beginning, profile, notice, choices, profiles, venues, done }: Props & { notice: MeetingNotice; choices: ScheduleChoices; profiles: ProfileEntry[] }) {
  const text = useText()
  const words = text.panel.meetings
  const [form] = Form.useForm<Fields>()
  const chosenFirst = profiles.find(({ id }) => id === profile)
  const fill = (of: ProfileEntry) => filled(of, choices, venues)
  const [, go] = useLocation()
  const when = (Form.useWatch('when', form) as Fields['when'] | undefined) ?? (meeting === null && beginning === undefined && chosenFirst === undefined ? 'now' : 'later')
  const fixed = meeting?.state === 'on_air'
  const now = useNow(0).getTime()
  const typed = Form.useWatch([], form) as Partial<Fields> | undefined
  const startsAtMs = when === 'now' ? Math.floor(now / MINUTE_MS) * MINUTE_MS : (typed?.startsAt ?? dayjs(meeting?.startsAtMs)).valueOf()
  // A meeting that was made and could not be opened is the same one at the next press.
  const [id, setId] = useState(meeting?.id ?? '')
  const draft: Draft | null =
    typed?.kind === undefined
      ? null
      : {
          id,
          startsAtMs,
          endsAtMs: startsAtMs + (typed.hours ?? 2) * HOUR_MS,
          kind: typed.kind,
          venues: typed.venues ?? [],
          line: typed.line ?? '',
          operator: typed.operator ?? '',
          leaders: typed.leaders ?? [],
        }
  const check = useCheck(draft)
  const [agreed, setAgreed] = useState<Agreed>(NOT_AGREED)
  const [noRepeat] = useState(NO_REPEAT)
  const typedRule = { ...noRepeat, ...typed }
  const first = dayjs(startsAtMs)
  const rule = meeting === null && when === 'later' ? ruleOf(typedRule, first) : null
  const series = useSeries(draft, rule)
  // Ticks are about the turns that are shown: other days or another rule ask anew.
  const turns = JSON.stringify([draft, rule])
  const [ticked, setTicked] = useState({ turns, ...NO_TICKS })
  const seriesAgreed: SeriesAgreed = ticked.turns === turns ? ticked : NO_TICKS
  const [later, setLater] = useState(false)
  // What stays as it is planned is not asked about again.
  const same = meeting !== null && JSON.stringify(draft) === JSON.stringify(draftOf(meeting))
  const blocked = rule !== null ? series.data === undefined || isSeriesBlocked(series.data, seriesAgreed) : !same && check.data !== undefined && isBlocked(check.data, agreed)
  const takeFree = (atMs: number) => form.setFieldsValue({ when: 'later', startsAt: dayjs(atMs) })
  const lengths = [...new Set([...LENGTHS, ...(meeting === null ? [] : [(meeting.endsAtMs - meeting.startsAtMs) / HOUR_MS]), typed?.hours ?? 2])].sort((a, b) => a - b)
  const kind = typed?.kind ?? meeting?.kind ?? 'own'
  const opening = { ...openingOf(kind), ...meeting?.opening, ...defined(typed) }
  const change = ({ profile: chosen, kind: become }: Partial<Fields>) => {
    const found = profiles.find(({ id: of }) => of === chosen)
    if (found !== undefined) form.setFieldsValue(fill(found))
    else if (become !== undefined) form.setFieldsValue(turnedTo(form.getFieldsValue(true) as Fields, become))
  }

  const save = useChange(
    async ({ fields, open, knows, afterTest }: Wish) => {
      const startsAtMs = fields.when === 'now' ? Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS : fields.startsAt.valueOf()
      const said = readNotice(fields)
      const { title, hours, venues, line, operator, leaders } = fields
      // What was agreed to as it is shown now, and nothing else.
      const found = check.data
      const consent = found === undefined || isBlocked(found, agreed) ? { warned: knows } : { warned: knows || of(found, 'warned').length > 0, moves: found.moves.map(({ meeting: moved, startsAtMs: to }) => ({ meeting: moved, startsAtMs: to })) }
      const body = { title: title.trim(), startsAtMs, endsAtMs: startsAtMs + hours * HOUR_MS, venues, line, operator, leaders, opening: readOpening(fields), ...consent }
      const chosen = { kind: fields.kind, codec: fields.codec }
      if (rule !== null) {
        const { leavesOut, warned } = seriesAgreed
        await planSeries({ meeting: { ...body, ...chosen, warned: warned || knows, moves: [], notice: said, units: fields.units }, rule, leavesOut })
        return
      }
      if (id !== '') {
        // A meeting on air keeps its codec and its kind.
          await changeMeeting(id, { ...body, ...(!fixed && chosen), later, unsigns: knows, afterTest })
        await writeNotice(id, said)
        if (open) await openMeeting(id, knows)
        return
      }
      const made = await makeMeeting({ ...body, ...chosen, notice: said, units: fields.units })
      setId(made.id)
      if (open) await openMeeting(made.id, knows)
    },
    ['meetings', 'legs'],
  )
  // A tick is about what was asked: another draft is asked about anew.
  const asked = JSON.stringify([{ ...draft, ...(when === 'now' && { startsAtMs: 0, endsAtMs: (typed?.hours ?? 2) * HOUR_MS }) }, rule, later])
  const sameAsAsked = save.variables?.asked === asked
  const asks = isUnconfirmed(save.error) && sameAsAsked
  const frozen = isFrozen(save.error) && sameAsAsked
  const submit = (open: boolean, { knows, afterTest } = { knows: false, afterTest: false }) => {
    void form.validateFields().then(
      (fields) =>
        save.mutate(
          { fields: { ...form.getFieldsValue(true), ...fields } as Fields, open, knows, afterTest, asked },
          {
            onSuccess: () => {
              done()
              if (open) go(PATHS.duty)
            },
            onError: (error) => showFaults(form, error, { startsAtMs: 'startsAt', endsAtMs: 'hours' }),
          },
        ),
      () => undefined,
    )
  }
  const ready = meeting === null && when === 'now'
  return (
    <Modal
      open
      title={meeting === null ? words.make : words.changeTitle}
      width={760}
      onCancel={done}
      footer={
        <>
          <Button onClick={done}>{text.panel.cancel}</Button>
          {ready && (
            <OffButton can={blocked ? 'clash' : null} onClick={() => submit(false)} loading={save.isPending}>
              {words.makeOnly}
            </OffButton>
          )}
          <OffButton type="primary" can={blocked ? 'clash' : null} onClick={() => submit(ready)} loading={save.isPending}>
            {meeting !== null ? (later ? text.panel.series.saveLater : text.panel.save) : ready ? words.makeAndOpen : rule !== null && series.data !== undefined ? text.panel.series.make(made(series.data, seriesAgreed)) : words.makeLater}
          </OffButton>
        </>
      }
    >
      {fixed && <p className="quiet">{words.onAirHint}</p>}
      {meeting?.signing?.state === 'signed' && <Alert className="problem" type="warning" showIcon title={text.panel.signing.resign} />}
      {meeting !== null && meeting.tests !== null && <p className="quiet">{text.panel.joint.slotHint}</p>}
      {meeting !== null && meeting.series !== null && <Scope later={later} choose={setLater} hint />}
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        onValuesChange={change}
        onFinish={() => {
          if (!blocked) submit(ready)
        }}
        initialValues={{
          title: meeting?.title ?? '',
          kind: meeting?.kind ?? 'own',
          when: meeting === null && beginning === undefined && chosenFirst === undefined ? 'now' : 'later',
          startsAt: meeting !== null ? dayjs(meeting.startsAtMs) : beginning !== undefined ? dayjs(beginning.startsAtMs) : dayjs().add(1, 'hour').startOf('hour'),
          hours: meeting === null ? 2 : (meeting.endsAtMs - meeting.startsAtMs) / HOUR_MS,
          venues: meeting?.venues ?? beginning?.venues ?? venues.map((venue) => venue.id),
          line: meeting?.line ?? '',
          codec: meeting?.codec ?? 'h264',
          operator: meeting?.operator?.account ?? '',
          leaders: meeting?.leaders.map(({ account }) => account) ?? [],
          profile: chosenFirst?.id ?? '',
          units: [],
          ...(meeting?.opening ?? openingOf(meeting?.kind ?? 'own')),
          ...(chosenFirst !== undefined && fill(chosenFirst)),
          ...noRepeat,
          ...typeNotice(notice),
        }}
      >
        <MeetingFields
          fixed={fixed}
          isNew={meeting === null}
          when={when}
          first={first}
          rule={typedRule}
          lengths={lengths}
          profiles={profiles}
          opening={opening}
          kind={kind}
          venues={venues}
          choices={choices}
          invited={typed?.units?.length ?? 0}
          contact={typed?.contact ?? ''}
          listed={notice.listed ?? []}
          findings={
            rule !== null ? (
              <Turns check={series.data} leavesOut={seriesAgreed.leavesOut} warned={seriesAgreed.warned} agree={(change) => setTicked({ ...seriesAgreed, ...change, turns })} />
            ) : same ? null : (
              <Findings check={check.data} agreed={agreed} agree={setAgreed} takeFree={takeFree} />
            )
          }
        />
        {/* What Enter presses: a form of several fields submits by a button alone. */}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
      <ProblemLine error={save.error} />
      {asks && (
        <OffButton type="primary" can={blocked ? 'clash' : null} onClick={() => submit(save.variables?.open ?? false, { knows: true, afterTest: save.variables?.afterTest ?? false })} loading={save.isPending}>
          {text.panel.schedule.known}
        </OffButton>
      )}
      {frozen && (
        <Button danger onClick={() => submit(save.variables?.open ?? false, { knows: save.variables?.knows ?? false, afterTest: true })} loading={save.isPending}>
          {text.panel.joint.afterTest}
        </Button>
      )}
    </Modal>
  )
}

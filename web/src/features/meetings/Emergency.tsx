import { Button, Checkbox, Form, Input, Modal, Radio, Select } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { makeMeeting, openMeeting, scheduleChoices, type Draft } from '@/api/panel'
import type { MeetingEntry, MeetingKind, ScheduleChoices, VenueEntry } from '@/api/generated/wire'
import { endOf, takerOf } from '@/features/meetings/emergency'
import { Findings } from '@/features/meetings/Findings'
import { isBlocked, NOT_AGREED, of, useCheck, type Agreed } from '@/features/meetings/use-check'
import { hourMinute, span } from '@/lib/format'
import { OffButton } from '@/panel/OffButton'
import { PATHS } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const MINUTE_MS = 60_000

interface Fields {
  title: string
  kind: MeetingKind
  line: string
  venues: string[]
}

/** The leg of an upper level's meeting; one of our own takes none. */
const lineOf = ({ kind, line }: Fields): string => (kind === 'upper' ? line : '')

/** A meeting that begins now, on one screen: everything is chosen already. Enter starts it. */
export function Emergency({ venues, done }: { venues: VenueEntry[]; done: () => void }) {
  const choices = useQuery({ queryKey: ['meetings', 'choices'], queryFn: scheduleChoices, refetchOnWindowFocus: false })
  const meetings = useMeetings()
  if (choices.data === undefined) return <ProblemLine error={choices.error} retry={() => void choices.refetch()} />
  if (meetings.data === undefined) return <ProblemLine error={meetings.error} retry={() => void meetings.refetch()} />
  return <Known venues={venues} choices={choices.data} meetings={meetings.data} done={done} />
}

function Known({ venues, choices, meetings, done }: { venues: VenueEntry[]; choices: ScheduleChoices; meetings: MeetingEntry[]; done: () => void }) {
  const text = useText()
  const words = text.panel.board
  const [form] = Form.useForm<Fields>()
  const [, go] = useLocation()
  const watched = Form.useWatch([], form) as Partial<Fields> | undefined
  // Before its fields stand there, a form holds none of them.
  const typed = watched?.venues === undefined ? undefined : (watched as Fields)
  const minute = Math.floor(useNow(0).getTime() / MINUTE_MS) * MINUTE_MS
  const kind = typed?.kind ?? 'own'
  const [made, setMade] = useState('')
  const others = meetings.filter(({ id }) => id !== made)
  const takers = (of: MeetingKind) => venues.map(({ id, name }) => ({ id, name, taker: takerOf(id, others, { kind: of, nowMs: minute }) }))
  // One sentence for all venues that a meeting has.
  const taken = others.flatMap((other): [MeetingEntry, string[]][] => {
    const names = takers(kind).flatMap(({ id, name, taker }) => (taker === other && typed?.venues.includes(id) !== true ? [name] : []))
    return names.length === 0 ? [] : [[other, names]]
  })
  const free = (of: MeetingKind) => takers(of).flatMap(({ id, taker }) => (taker === null ? [id] : []))
  const endsAtMs = endOf({ venues: typed?.venues ?? [], line: typed === undefined ? '' : lineOf(typed) }, others, { kind, nowMs: minute })
  const draft: Draft | null = typed === undefined ? null : { id: made, startsAtMs: minute, endsAtMs, kind, venues: typed.venues, line: lineOf(typed), operator: '', leaders: [] }
  const check = useCheck(draft)
  const [agreed, setAgreed] = useState<Agreed>(NOT_AGREED)
  const blocked = check.data !== undefined && isBlocked(check.data, agreed)
  const start = useChange(
    async (fields: Fields) => {
      const { title, venues: chosen } = fields
      let id = made
      if (id === '') {
        const moves = check.data === undefined || blocked ? [] : check.data.moves.map(({ meeting, startsAtMs: to }) => ({ meeting, startsAtMs: to }))
        const warned = check.data !== undefined && of(check.data, 'warned').length > 0
        id = (await makeMeeting({ title: title.trim(), startsAtMs: minute, endsAtMs, kind: fields.kind, codec: 'h264', venues: chosen, line: lineOf(fields), moves, warned })).id
        setMade(id)
      }
      // What is urgent begins, and is signed for afterwards.
      await openMeeting(id, true)
    },
    ['meetings', 'legs'],
  )
  return (
    <Modal
      open
      title={words.emergencyTitle}
      footer={
        <>
          <Button onClick={done}>{text.panel.cancel}</Button>
          <OffButton type="primary" danger can={blocked ? 'clash' : null} loading={start.isPending} onClick={() => form.submit()}>
            {words.emergencyStart}
          </OffButton>
        </>
      }
      onCancel={done}
      width={640}
    >
      <p className="ask-effect">{words.emergencyEffect[kind]}</p>
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ title: words.emergencyName, kind: 'own', line: choices.lines[0]?.id ?? '', venues: free('own') }}
        onFinish={(fields) => {
          if (!blocked) start.mutate(fields, { onSuccess: () => go(PATHS.duty) })
        }}
      >
        <Form.Item name="title" label={text.panel.meetings.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={100} size="large" onFocus={({ target }) => target.select()} />
        </Form.Item>
        <Form.Item name="kind" label={text.panel.meetings.kind}>
          <Radio.Group aria-label={text.panel.meetings.kind} onChange={({ target }) => form.setFieldValue('venues', free(target.value === 'upper' ? 'upper' : 'own'))} options={(['own', 'upper'] as const).map((value) => ({ value, label: words.emergencyKind[value] }))} />
        </Form.Item>
        <Form.Item name="line" label={text.panel.schedule.line} hidden={kind === 'own'}>
          <Select options={[...choices.lines.map(({ id, name }) => ({ value: id, label: name })), { value: '', label: text.panel.schedule.noLine }]} />
        </Form.Item>
        <Form.Item name="venues" label={text.panel.meetings.venues}>
          <Checkbox.Group options={venues.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
      {taken.map(([taker, names]) => (
        <p key={taker.id} className="quiet">
          {words.emergencyTaken(names.join(text.comma), text.panel.schedule.meeting(taker.title, span(taker.startsAtMs, taker.endsAtMs, minute, text.locale)))}
        </p>
      ))}
      <p>{words.emergencyEnds(hourMinute(endsAtMs))}</p>
      <Findings check={check.data} agreed={agreed} agree={setAgreed} takeFree={null} />
      <ProblemLine error={start.error} />
    </Modal>
  )
}

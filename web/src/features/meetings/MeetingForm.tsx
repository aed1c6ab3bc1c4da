import { Alert, Button, Checkbox, DatePicker, Form, Input, Modal, Radio, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useLocation } from 'wouter'
import { useQuery } from '@tanstack/react-query'
import { changeMeeting, makeMeeting, openMeeting, readNotice as askNotice, writeNotice } from '@/api/panel'
import type { Codec, MeetingEntry, MeetingNotice, MeetingProfile, VenueEntry } from '@/api/generated/wire'
import { clashes } from '@/features/meetings/clash'
import { span } from '@/lib/format'
import { EMPTY_NOTICE, readNotice, typeNotice, type TypedNotice } from '@/lib/notice'
import { PATHS } from '@/panel/places'
import { showFaults } from '@/panel/field-faults'
import { NoticeFields } from '@/panel/NoticeFields'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

interface Fields extends TypedNotice {
  title: string
  profile: MeetingProfile
  when: 'now' | 'later'
  startsAt: Dayjs
  hours: number
  venues: string[]
  codec: Codec
}

const HOUR_MS = 3_600_000
const LENGTHS = [1, 1.5, 2, 3, 4, 8]

interface Props {
  meeting: MeetingEntry | null
  venues: VenueEntry[]
  done: () => void
}

/** A meeting in few fields: everything but its title has a sensible answer already. */
export function MeetingForm({ meeting, ...rest }: Props) {
  const id = meeting?.id ?? null
  const notice = useQuery({ queryKey: ['meetings', id, 'notice'], queryFn: () => (id === null ? EMPTY_NOTICE : askNotice(id)), gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false })
  if (notice.data === undefined) return <ProblemLine error={notice.error} retry={() => void notice.refetch()} />
  return <KnownMeetingForm meeting={meeting} notice={notice.data} {...rest} />
}

function KnownMeetingForm({ meeting, notice, venues, done }: Props & { notice: MeetingNotice }) {
  const text = useText()
  const words = text.panel.meetings
  const [form] = Form.useForm<Fields>()
  const [, go] = useLocation()
  const when = (Form.useWatch('when', form) as Fields['when'] | undefined) ?? (meeting === null ? 'now' : 'later')
  const fixed = meeting?.state === 'on_air'
  const now = useNow(0).getTime()
  const meetings = useMeetings()
  const typed = Form.useWatch([], form) as Partial<Fields> | undefined
  const startsAtMs = when === 'now' ? now : (typed?.startsAt ?? dayjs(meeting?.startsAtMs)).valueOf()
  const clash = clashes({ id: meeting?.id ?? null, startsAtMs, endsAtMs: startsAtMs + (typed?.hours ?? 2) * HOUR_MS, venues: typed?.venues ?? [] }, meetings.data ?? [])
  const lengths = meeting === null ? LENGTHS : [...new Set([...LENGTHS, (meeting.endsAtMs - meeting.startsAtMs) / HOUR_MS])].sort((a, b) => a - b)

  const save = useChange(
    async ({ fields, open }: { fields: Fields; open: boolean }) => {
      const startsAtMs = fields.when === 'now' ? Date.now() : fields.startsAt.valueOf()
      const said = readNotice(fields)
      const body = { title: fields.title.trim(), startsAtMs, endsAtMs: startsAtMs + fields.hours * HOUR_MS, venues: fields.venues }
      if (meeting !== null) {
        // A meeting on air keeps its codec and its kind.
        await changeMeeting(meeting.id, fixed ? body : { ...body, profile: fields.profile, codec: fields.codec })
        await writeNotice(meeting.id, said)
        return
      }
      const made = await makeMeeting({ ...body, profile: fields.profile, codec: fields.codec, notice: said })
      if (open) await openMeeting(made.id)
    },
    ['meetings', 'legs'],
  )
  const submit = (open: boolean) => {
    void form.validateFields().then(
      (fields) =>
        save.mutate(
          { fields: { ...form.getFieldsValue(true), ...fields } as Fields, open },
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
      width={640}
      onCancel={done}
      footer={
        <>
          <Button onClick={done}>{text.panel.cancel}</Button>
          {ready && (
            <Button onClick={() => submit(false)} loading={save.isPending}>
              {words.makeOnly}
            </Button>
          )}
          <Button type="primary" onClick={() => submit(ready)} loading={save.isPending}>
            {meeting !== null ? text.panel.save : ready ? words.makeAndOpen : words.makeLater}
          </Button>
        </>
      }
    >
      {fixed && <p className="quiet">{words.onAirHint}</p>}
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={() => submit(ready)}
        initialValues={{
          title: meeting?.title ?? '',
          profile: meeting?.profile ?? 'own',
          when: meeting === null ? 'now' : 'later',
          startsAt: meeting === null ? dayjs().add(1, 'hour').startOf('hour') : dayjs(meeting.startsAtMs),
          hours: meeting === null ? 2 : (meeting.endsAtMs - meeting.startsAtMs) / HOUR_MS,
          venues: meeting?.venues ?? venues.map((venue) => venue.id),
          codec: meeting?.codec ?? 'h264',
          ...typeNotice(notice),
        }}
      >
        <Form.Item name="title" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={100} placeholder={words.nameHint} size="large" />
        </Form.Item>
        <Form.Item name="profile" label={words.kind}>
          <Radio.Group
            disabled={fixed}
            className="choices"
            options={(['own', 'upper'] as const).map((value) => ({
              value,
              label: (
                <span>
                  {words.profile[value]}
                  <small>{words.profileHint[value]}</small>
                </span>
              ),
            }))}
          />
        </Form.Item>
        <div className="form-pair">
          <Form.Item label={words.from}>
            {meeting === null && (
              <Form.Item name="when" noStyle>
                <Radio.Group
                  optionType="button"
                  options={[
                    { value: 'now', label: words.now },
                    { value: 'later', label: words.later },
                  ]}
                />
              </Form.Item>
            )}
            <Form.Item name="startsAt" noStyle hidden={when === 'now'} rules={[{ required: true, message: text.panel.required }]}>
              <DatePicker showTime={{ format: 'HH:mm', minuteStep: 5 }} format="YYYY-MM-DD HH:mm" allowClear={false} className="form-when" aria-label={words.from} />
            </Form.Item>
          </Form.Item>
          <Form.Item name="hours" label={words.length}>
            <Select options={lengths.map((value) => ({ value, label: words.hours(value) }))} />
          </Form.Item>
        </div>
        <Form.Item label={words.venues}>
          {venues.length === 0 ? (
            <p className="quiet">{words.noVenues}</p>
          ) : (
            <Form.Item name="venues" noStyle>
              <Checkbox.Group options={venues.map((venue) => ({ value: venue.id, label: venue.name }))} />
            </Form.Item>
          )}
        </Form.Item>
        <NoticeFields />
        <Form.Item name="codec" label={words.more}>
          <Select disabled={fixed} options={(['h264', 'vp8'] as const).map((value) => ({ value, label: words.codec[value] }))} />
        </Form.Item>
      </Form>
      {clash.map((other) => (
        <Alert
          key={other.meeting.id}
          className="problem"
          type="warning"
          showIcon
          title={words.clash(
            other.venues.map((id) => venues.find((venue) => venue.id === id)?.name ?? id).join(text.comma),
            other.meeting.title,
            span(other.meeting.startsAtMs, other.meeting.endsAtMs, now, text.locale),
          )}
        />
      ))}
      <ProblemLine error={save.error} />
    </Modal>
  )
}

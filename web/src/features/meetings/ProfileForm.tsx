import { Checkbox, Form, Input, Modal, Radio, Select } from 'antd'
import { changeProfile, makeProfile } from '@/api/panel'
import type { Codec, MeetingKind, MeetingOpening, ProfileEntry, ScheduleChoices, VenueEntry } from '@/api/generated/wire'
import { openingOf, readOpening, turnedTo } from '@/features/meetings/opening'
import { OpeningFields } from '@/features/meetings/OpeningFields'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

interface Fields extends MeetingOpening {
  name: string
  kind: MeetingKind
  line: string
  codec: Codec
  venues: string[]
  units: string[]
  minutes: number
}

const MINUTES = [30, 45, 60, 90, 120, 180, 240, 480]

interface Props {
  profile: ProfileEntry | null
  venues: VenueEntry[]
  choices: ScheduleChoices
  done: () => void
}

/** What meetings of one sort have in common: a name, and what is chosen once for all of them. */
export function ProfileForm({ profile, venues, choices, done }: Props) {
  const text = useText()
  const words = text.panel.profiles
  const { meetings, schedule } = text.panel
  const [form] = Form.useForm<Fields>()
  const typed = Form.useWatch([], form) as Partial<Fields> | undefined
  const save = useChange(
    async ({ name, kind, line, codec, venues: chosen, units, minutes, ...opening }: Fields) => {
      const body = { name: name.trim(), kind, line, codec, venues: chosen, units, minutes, opening: readOpening(opening) }
      await (profile === null ? makeProfile(body) : changeProfile(profile.id, body))
    },
    ['profiles'],
  )
  const gone = profile !== null && profile.line !== null && choices.lines.every(({ id }) => id !== profile.line)
  const length = (minutes: number) => ({ value: minutes, label: meetings.hours(Math.floor(minutes / 60), minutes % 60) })
  const lengths = [...new Set([...MINUTES, profile?.minutes ?? 120])].sort((a, b) => a - b)
  const change = ({ kind }: Partial<Fields>) => {
    if (kind !== undefined) form.setFieldsValue(turnedTo(form.getFieldsValue(true) as Fields, kind))
  }
  return (
    <Modal
      open
      width={760}
      title={profile === null ? words.make : words.changeTitle(profile.name)}
      okText={text.panel.save}
      cancelText={text.panel.cancel}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      {profile !== null && <p className="quiet">{words.changeHint}</p>}
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        onValuesChange={change}
        initialValues={{
          name: profile?.name ?? '',
          kind: profile?.kind ?? 'upper',
          line: gone ? '' : (profile?.line ?? ''),
          codec: profile?.codec ?? 'h264',
          venues: profile?.venues ?? venues.map(({ id }) => id),
          units: profile?.units.filter((id) => choices.units.some(({ unit }) => unit === id)) ?? [],
          minutes: profile?.minutes ?? 120,
          ...(profile?.opening ?? { ...openingOf('upper'), byItself: true }),
        }}
        onFinish={(fields) => save.mutate({ ...(form.getFieldsValue(true) as Fields), ...fields }, { onSuccess: done, onError: (error) => showFaults(form, error) })}
      >
        <Form.Item name="name" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={40} size="large" placeholder={words.nameHint} />
        </Form.Item>
        <Form.Item name="kind" label={meetings.kind}>
          <Radio.Group aria-label={meetings.kind} options={(['upper', 'own'] as const).map((value) => ({ value, label: meetings.kinds[value] }))} />
        </Form.Item>
        <Form.Item name="venues" label={words.venues}>
          <Checkbox.Group options={venues.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
        <Form.Item name="units" label={schedule.units} extra={schedule.unitsHint}>
          <Select mode="multiple" options={choices.units.map(({ unit, name }) => ({ value: unit, label: name }))} placeholder={schedule.unitsNone} showSearch={{ optionFilterProp: 'label' }} />
        </Form.Item>
        <div className="form-pair">
          <Form.Item name="line" label={schedule.line} extra={gone ? words.lineGone : undefined}>
            <Select options={[{ value: '', label: schedule.noLine }, ...choices.lines.map(({ id, name }) => ({ value: id, label: name }))]} />
          </Form.Item>
          <Form.Item name="minutes" label={words.length}>
            <Select options={lengths.map(length)} />
          </Form.Item>
        </div>
        <OpeningFields kind={typed?.kind ?? profile?.kind ?? 'upper'} fixed={false} byItself={typed?.byItself ?? true} />
        <Form.Item name="codec" label={meetings.more}>
          <Select options={(['h264', 'vp8'] as const).map((value) => ({ value, label: meetings.codec[value] }))} />
        </Form.Item>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
      <ProblemLine error={save.error} />
    </Modal>
  )
}

import { Checkbox, DatePicker, Form, Input, Radio, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import type { ReactNode } from 'react'
import type { Codec, MeetingKind, ScheduleChoices, VenueEntry } from '@/api/generated/wire'
import { RepeatFields } from '@/features/meetings/RepeatFields'
import type { TypedRule } from '@/features/meetings/repeat'
import type { TypedNotice } from '@/lib/notice'
import { NoticeFields } from '@/panel/NoticeFields'
import { useText } from '@/text/use-text'

/** What the form holds: twelve fields, and how it comes again. */
export interface Fields extends TypedNotice, TypedRule {
  title: string
  kind: MeetingKind
  when: 'now' | 'later'
  startsAt: Dayjs
  hours: number
  venues: string[]
  line: string
  codec: Codec
  operator: string
  leaders: string[]
}

interface Props {
  /** It is on air: its kind and its codec stay. */
  fixed: boolean
  isNew: boolean
  when: Fields['when']
  /** Its first day, and how it comes again, as far as that is typed. */
  first: Dayjs
  rule: TypedRule
  lengths: number[]
  venues: VenueEntry[]
  choices: ScheduleChoices
  /** What is in the way, below the fields it is about. */
  findings: ReactNode
}

const minutesOf = (hours: number): number => Math.round(hours * 60)

/** A meeting's fields, in four groups. */
export function MeetingFields({ fixed, isNew, when, first, rule, lengths, venues, choices, findings }: Props) {
  const text = useText()
  const words = text.panel.meetings
  const schedule = text.panel.schedule
  const person = ({ account, name, unit }: ScheduleChoices['leaders'][number]) => ({ value: account, label: unit === '' ? name : `${name}（${unit}）` })
  return (
    <>
      <fieldset className="form-group" aria-label={schedule.groups.meeting}>
        <Form.Item name="title" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={100} placeholder={words.nameHint} size="large" />
        </Form.Item>
        <Form.Item name="kind" label={words.kind}>
          <Radio.Group
            disabled={fixed}
            className="choices"
            options={(['own', 'upper'] as const).map((value) => ({
              value,
              label: (
                <span>
                  {words.kinds[value]}
                  <small>{words.kindHint[value]}</small>
                </span>
              ),
            }))}
          />
        </Form.Item>
        <div className="form-pair">
          <Form.Item label={words.from}>
            {isNew && (
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
            <Select options={lengths.map((value) => ({ value, label: words.hours(Math.floor(minutesOf(value) / 60), minutesOf(value) % 60) }))} />
          </Form.Item>
        </div>
        {isNew && when === 'later' && <RepeatFields first={first} rule={rule} />}
      </fieldset>
      <fieldset className="form-group">
        <legend>{schedule.groups.places}</legend>
        <Form.Item label={words.venues}>
          {venues.length === 0 ? (
            <p className="quiet">{words.noVenues}</p>
          ) : (
            <Form.Item name="venues" noStyle>
              <Checkbox.Group options={venues.map((venue) => ({ value: venue.id, label: venue.name }))} />
            </Form.Item>
          )}
        </Form.Item>
        <div className="form-pair">
          <Form.Item name="line" label={schedule.line} extra={schedule.lineHint}>
            <Select options={[{ value: '', label: schedule.noLine }, ...choices.lines.map(({ id, name }) => ({ value: id, label: name }))]} />
          </Form.Item>
          <Form.Item name="codec" label={words.more}>
            <Select disabled={fixed} options={(['h264', 'vp8'] as const).map((value) => ({ value, label: words.codec[value] }))} />
          </Form.Item>
        </div>
      </fieldset>
      <fieldset className="form-group">
        <legend>{schedule.groups.people}</legend>
        <div className="form-pair">
          <Form.Item name="operator" label={schedule.operator}>
            <Select options={[{ value: '', label: schedule.noOperator }, ...choices.operators.map(person)]} showSearch={{ optionFilterProp: 'label' }} />
          </Form.Item>
          <Form.Item name="leaders" label={schedule.leaders}>
            <Select mode="multiple" options={choices.leaders.map(person)} placeholder={schedule.leadersHint} showSearch={{ optionFilterProp: 'label' }} />
          </Form.Item>
        </div>
      </fieldset>
      {findings}
      <fieldset className="form-group">
        <legend>{schedule.groups.notice}</legend>
        <NoticeFields />
      </fieldset>
    </>
  )
}

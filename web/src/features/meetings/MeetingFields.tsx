import { Button, Checkbox, DatePicker, Form, Input, Radio, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState, type ReactNode } from 'react'
import type { Codec, MeetingAttendee, MeetingKind, MeetingOpening, ProfileEntry, ScheduleChoices, VenueEntry } from '@/api/generated/wire'
import { sayOpening } from '@/features/meetings/opening'
import { OpeningFields } from '@/features/meetings/OpeningFields'
import { RepeatFields } from '@/features/meetings/RepeatFields'
import type { TypedRule } from '@/features/meetings/repeat'
import type { TypedNotice } from '@/lib/notice'
import { NoticeFields, PrintedFields } from '@/panel/NoticeFields'
import { takesEnter } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'

/**
 * What the form holds: twelve fields and how it comes again. Folded away are how it opens and who is invited, which a profile or its
 * kind has said, and what else its printed notice says.
 */
export interface Fields extends TypedNotice, TypedRule, MeetingOpening {
  profile: string
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
  /** Units that are invited; of a new meeting alone. */
  units: string[]
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
  profiles: ProfileEntry[]
  /** How it opens, as far as that is typed. */
  opening: MeetingOpening
  kind: MeetingKind
  venues: VenueEntry[]
  choices: ScheduleChoices
  /** What is in the way, below the fields it is about. */
  findings: ReactNode
  /** How many units are invited, and whom to ask, as far as that is typed. */
  invited: number
  contact: string
  /** Whoever stands on its attendance list. */
  listed: MeetingAttendee[]
}

const minutesOf = (hours: number): number => Math.round(hours * 60)

/** A meeting's fields, in five groups. */
export function MeetingFields({ fixed, isNew, when, first, rule, lengths, profiles, opening, kind, venues, choices, findings, invited, contact, listed }: Props) {
  const text = useText()
  const words = text.panel.meetings
  const schedule = text.panel.schedule
  const [unfolded, setUnfolded] = useState(false)
  const [printed, setPrinted] = useState(false)
  const { papers } = text.panel
  const says = [...(isNew ? [schedule.invites(invited)] : []), contact.trim() === '' ? papers.contactOnDuty : papers.contactIs(contact.trim())]
  const person = ({ account, name, unit }: ScheduleChoices['leaders'][number]) => ({ value: account, label: unit === '' ? name : `${name}（${unit}）` })
  return (
    <>
      <fieldset className="form-group" aria-label={schedule.groups.meeting}>
        {isNew && profiles.length > 0 && (
          <Form.Item name="profile" label={text.panel.profiles.choose} extra={text.panel.profiles.chooseHint}>
            <Select options={[{ value: '', label: text.panel.profiles.chooseNone }, ...profiles.map(({ id, name }) => ({ value: id, label: name }))]} showSearch={{ optionFilterProp: 'label' }} />
          </Form.Item>
        )}
        <Form.Item name="title" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={100} placeholder={words.nameHint} size="large" />
        </Form.Item>
        <Form.Item name="kind" label={words.kind}>
          <Radio.Group
            aria-label={words.kind}
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
                  aria-label={words.from}
                  optionType="button"
                  options={[
                    { value: 'now', label: words.now },
                    { value: 'later', label: words.later },
                  ]}
                />
              </Form.Item>
            )}
            <Form.Item name="startsAt" noStyle hidden={when === 'now'} rules={[{ required: true, message: text.panel.required }]}>
              <DatePicker showTime={{ format: 'HH:mm', minuteStep: 5 }} format="YYYY-MM-DD HH:mm" allowClear={false} className="form-when" aria-label={words.from} onKeyDown={takesEnter} />
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
        <Form.Item name="line" label={schedule.line} extra={schedule.lineHint}>
          <Select options={[{ value: '', label: schedule.noLine }, ...choices.lines.map(({ id, name }) => ({ value: id, label: name }))]} />
        </Form.Item>
      </fieldset>
      <fieldset className="form-group">
        <legend>{text.panel.opening.title}</legend>
        <p className="form-fold">
          <span>{sayOpening(opening, text.panel.opening)}</span>
          <Button aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
            {unfolded ? text.panel.opening.fold : text.panel.opening.change}
          </Button>
        </p>
        <div hidden={!unfolded}>
          <OpeningFields kind={kind} fixed={fixed} byItself={opening.byItself} />
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
        <NoticeFields listed={listed} />
        <p className="form-fold">
          <span>{says.join(' · ')}</span>
          <Button aria-expanded={printed} onClick={() => setPrinted(!printed)}>
            {printed ? text.panel.opening.fold : isNew ? schedule.invitesChange : papers.printedChange}
          </Button>
        </p>
        <div hidden={!printed}>
          {isNew && (
            <Form.Item name="units" label={schedule.units} extra={schedule.unitsHint}>
              <Select mode="multiple" options={choices.units.map(({ unit, name }) => ({ value: unit, label: name }))} placeholder={schedule.unitsNone} showSearch={{ optionFilterProp: 'label' }} maxTagCount="responsive" />
            </Form.Item>
          )}
          <PrintedFields />
        </div>
      </fieldset>
    </>
  )
}

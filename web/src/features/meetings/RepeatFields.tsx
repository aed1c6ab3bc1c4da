import { DatePicker, Form, InputNumber, Radio, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { fitted, nthOf, repeatsOf, type Repeat, type TypedRule } from '@/features/meetings/repeat'
import { takesEnter } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'

/** How a meeting comes again; what belongs to it shows once it does. */
export function RepeatFields({ first, rule }: { first: Dayjs; rule: TypedRule }) {
  const words = useText().panel.series
  const weekday = words.weekdays[first.day()] ?? ''
  const label: Record<Repeat, string> = {
    no: words.no,
    weekly: words.weekly(weekday),
    fortnightly: words.fortnightly(weekday),
    monthly: words.monthly(words.nth[nthOf(first)] ?? '', weekday),
    monthlyLast: words.monthly(words.last, weekday),
  }
  const on = rule.repeat !== 'no'
  return (
    <>
      <div className="form-pair">
        <Form.Item name="repeat" label={words.repeat} getValueProps={(value: Repeat) => ({ value: fitted(value, first) })}>
          <Select options={repeatsOf(first).map((value) => ({ value, label: label[value] }))} />
        </Form.Item>
        <Form.Item name="onDayOff" label={words.onDayOff} hidden={!on}>
          <Select options={(['leaveOut', 'later', 'earlier'] as const).map((value) => ({ value, label: words.onDayOffs[value] }))} />
        </Form.Item>
      </div>
      <div className="form-pair" hidden={!on}>
        <Form.Item name="end" label={words.end}>
          <Radio.Group aria-label={words.end}
            optionType="button"
            options={[
              { value: 'day', label: words.untilDay },
              { value: 'count', label: words.untilCount },
            ]}
          />
        </Form.Item>
        <Form.Item name="until" label={words.until} hidden={rule.end !== 'day'} rules={[{ required: on, message: words.untilMissing }]}>
          <DatePicker allowClear={false} minDate={dayjs(first)} maxDate={first.add(5, 'year')} onKeyDown={takesEnter} />
        </Form.Item>
        <Form.Item name="count" label={words.count} hidden={rule.end !== 'count'} rules={[{ required: on, message: words.untilMissing }]}>
          <InputNumber min={1} max={260} precision={0} />
        </Form.Item>
      </div>
    </>
  )
}

import { DatePicker, Form, Modal, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { planJointTest } from '@/api/joint'
import { isUnconfirmed } from '@/api/problem'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

interface Props {
  meeting: { id: string; startsAtMs: number }
  done: () => void
}

interface Fields {
  startsAt: Dayjs
  minutes: number
}

const LENGTHS = [30, 60, 90, 120]
const MINUTE_MS = 60_000

/** Plans a joint test by hand: when, and for how long. Beginning now if nothing else is said. */
export function PlanJointTest({ meeting, done }: Props) {
  const text = useText()
  const words = text.panel.joint
  const [form] = Form.useForm<Fields>()
  const [knows, setKnows] = useState(false)
  const plan = useChange(
    ({ startsAt, minutes }: Fields) => planJointTest(meeting.id, { startsAtMs: startsAt.valueOf(), endsAtMs: startsAt.valueOf() + minutes * MINUTE_MS, warned: knows }),
    ['jointTest', 'meetings'],
  )
  const submit = (fields: Fields) =>
    plan.mutate(fields, {
      onSuccess: done,
      onError: (error) => {
        setKnows(isUnconfirmed(error))
        showFaults(form, error, { startsAtMs: 'startsAt', endsAtMs: 'minutes' })
      },
    })
  return (
    <Modal open title={words.planTitle} okText={knows ? text.panel.schedule.known : words.plan} cancelText={text.panel.cancel} confirmLoading={plan.isPending} onOk={() => form.submit()} onCancel={done} destroyOnHidden>
      <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={submit} onValuesChange={() => setKnows(false)} initialValues={{ startsAt: dayjs().startOf('minute'), minutes: 30 }}>
        <Form.Item name="startsAt" label={words.planAt} rules={[{ required: true, message: text.panel.required }]}>
          <DatePicker showTime={{ format: 'HH:mm', minuteStep: 5 }} format="YYYY-MM-DD HH:mm" allowClear={false} />
        </Form.Item>
        <Form.Item name="minutes" label={words.planHours}>
          <Select options={LENGTHS.map((value) => ({ value, label: words.minutes(value) }))} />
        </Form.Item>
      </Form>
      <ProblemLine error={plan.error} />
    </Modal>
  )
}

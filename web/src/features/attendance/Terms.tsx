import { DatePicker, Form, InputNumber, Modal } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { changeTerms } from '@/api/attendance'
import type { AttendanceList } from '@/api/generated/wire'
import type { Attending } from '@/features/attendance/use-attendance'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

interface Typed {
  answersUntil: Dayjs | null
  opens: number
  closes: number
}

const MINUTE = 60_000

/** Until when units answer, and when people sign in. */
export function Terms({ meeting, list, attending, done }: { meeting: string; list: AttendanceList; attending: Attending; done: () => void }) {
  const text = useText()
  const words = text.panel.attendance
  const [form] = Form.useForm<Typed>()
  const { answerBeforeMinutes, opensBeforeMinutes, closesAfterMinutes } = list.terms
  const before: Typed = {
    answersUntil: answerBeforeMinutes === null ? null : dayjs(list.startsAtMs - answerBeforeMinutes * MINUTE),
    opens: opensBeforeMinutes,
    closes: closesAfterMinutes,
  }
  const needed = [{ required: true, message: text.panel.required }]
  const submit = ({ answersUntil, opens, closes }: Typed) => {
    const answerBefore = answersUntil === null ? null : Math.max(0, Math.round((list.startsAtMs - answersUntil.valueOf()) / MINUTE))
    attending.take(() => changeTerms(meeting, { answerBeforeMinutes: answerBefore, opensBeforeMinutes: opens, closesAfterMinutes: closes }), done)
  }
  return (
    <Modal open title={words.termsTitle} okText={text.panel.save} confirmLoading={attending.busy} onOk={() => form.submit()} onCancel={done} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={before} onFinish={submit}>
        <Form.Item name="answersUntil" label={words.answersUntil} extra={words.answersUntilHint}>
          <DatePicker className="att-wide" showTime={{ format: 'HH:mm', minuteStep: 5 }} format="YYYY-MM-DD HH:mm" />
        </Form.Item>
        <div className="form-pair">
          <Form.Item name="opens" label={words.opensBefore} rules={needed}>
            <InputNumber min={0} max={1440} precision={0} />
          </Form.Item>
          <Form.Item name="closes" label={words.closesAfter} rules={needed}>
            <InputNumber min={0} max={1440} precision={0} />
          </Form.Item>
        </div>
      </Form>
      <ProblemLine error={attending.refused} />
    </Modal>
  )
}

import { Modal, Select } from 'antd'
import { useState } from 'react'
import { copyAttendance } from '@/api/attendance'
import type { Attending } from '@/features/attendance/use-attendance'
import { moment } from '@/lib/format'
import { ProblemLine } from '@/panel/ProblemLine'
import { useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Takes over whom another meeting has invited. */
export function CopyList({ meeting, attending, done }: { meeting: string; attending: Attending; done: () => void }) {
  const text = useText()
  const words = text.panel.attendance
  const meetings = useMeetings('all')
  const [from, setFrom] = useState<string | null>(null)
  const others = (meetings.data ?? []).filter(({ id }) => id !== meeting).sort((a, b) => b.startsAtMs - a.startsAtMs)
  return (
    <Modal
      open
      title={words.copyTitle}
      okText={words.copyConfirm}
      okButtonProps={{ disabled: from === null }}
      confirmLoading={attending.busy}
      onOk={() => from !== null && attending.take(() => copyAttendance(meeting, { from }), done)}
      onCancel={done}
      destroyOnHidden
    >
      <p className="ask-effect">{words.copyHint}</p>
      <Select
        className="att-wide"
        aria-label={words.copyFrom}
        placeholder={words.pick}
        value={from}
        onChange={setFrom}
        showSearch={{ optionFilterProp: 'label' }}
        options={others.map(({ id, title, startsAtMs }) => ({ value: id, label: `${title} ${moment(startsAtMs, text.locale)}` }))}
      />
      <ProblemLine error={attending.refused} />
    </Modal>
  )
}

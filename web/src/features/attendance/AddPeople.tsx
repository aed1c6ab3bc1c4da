import { Input, Modal } from 'antd'
import { useState } from 'react'
import { nameAttendees } from '@/api/attendance'
import type { InvitedUnit } from '@/api/generated/wire'
import type { Attending } from '@/features/attendance/use-attendance'
import { typedPeople } from '@/lib/attendance'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

/** Puts people of a unit on the list, one a line. */
export function AddPeople({ meeting, unit, attending, done }: { meeting: string; unit: InvitedUnit; attending: Attending; done: () => void }) {
  const words = useText().panel.attendance
  const [typed, setTyped] = useState('')
  const people = typedPeople(typed)
  return (
    <Modal
      open
      title={words.addTitle(unit.name)}
      okText={words.addConfirm(people.length)}
      okButtonProps={{ disabled: people.length === 0 }}
      confirmLoading={attending.busy}
      onOk={() => attending.take(() => nameAttendees(meeting, unit.unit, people), done)}
      onCancel={done}
      destroyOnHidden
    >
      <p className="ask-effect">{words.addHint}</p>
      <Input.TextArea autoFocus autoSize={{ minRows: 4, maxRows: 14 }} aria-label={words.add} placeholder={words.addExample} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <ProblemLine error={attending.refused} />
    </Modal>
  )
}

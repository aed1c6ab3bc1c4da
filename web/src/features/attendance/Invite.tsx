import { Button, Checkbox, Input, Modal } from 'antd'
import { useState } from 'react'
import { inviteUnits } from '@/api/attendance'
import type { AttendanceList } from '@/api/generated/wire'
import type { Attending } from '@/features/attendance/use-attendance'
import { isTownship } from '@/lib/attendance'
import { ProblemLine } from '@/panel/ProblemLine'
import { Scope } from '@/panel/Scope'
import { useText } from '@/text/use-text'

/** Chooses units to invite: many at once, all townships in one press. */
export function Invite({ meeting, list, attending, done }: { meeting: string; list: AttendanceList; attending: Attending; done: () => void }) {
  const words = useText().panel.attendance
  const [chosen, setChosen] = useState<string[]>([])
  const [word, setWord] = useState('')
  const [later, setLater] = useState(false)
  const townships = list.others.filter(({ name }) => isTownship(name)).map(({ unit }) => unit)
  const everyone = list.others.map(({ unit }) => unit)
  const add = (units: string[]) => setChosen([...new Set([...chosen, ...units])])
  const shown = list.others.filter(({ name }) => name.includes(word.trim()))
  return (
    <Modal
      open
      width={720}
      title={words.inviteTitle}
      okText={words.inviteConfirm(chosen.length)}
      okButtonProps={{ disabled: chosen.length === 0 }}
      confirmLoading={attending.busy}
      onOk={() => attending.take(() => inviteUnits(meeting, { units: chosen, later }), done)}
      onCancel={done}
      destroyOnHidden
    >
      <p className="ask-effect">{list.others.length === 0 ? words.allInvited : words.inviteHint}</p>
      {list.others.length > 0 && (
        <>
          <div className="att-choose">
            <Input allowClear autoFocus placeholder={words.find} aria-label={words.find} value={word} onChange={(event) => setWord(event.target.value)} />
            {townships.length > 0 && <Button onClick={() => add(townships)}>{words.townships(townships.length)}</Button>}
            <Button onClick={() => add(everyone)}>{words.everyone(everyone.length)}</Button>
            {chosen.length > 0 && <Button onClick={() => setChosen([])}>{words.nobodyChosen}</Button>}
          </div>
          {list.inSeries && <Scope later={later} choose={setLater} />}
          <div className="att-choices" role="group" aria-label={words.inviteTitle}>
            {shown.map(({ unit, name }) => (
              <Checkbox key={unit} checked={chosen.includes(unit)} onChange={({ target }) => setChosen(target.checked ? [...chosen, unit] : chosen.filter((one) => one !== unit))}>
                {name}
              </Checkbox>
            ))}
            {shown.length === 0 && <p className="quiet">{words.filtered}</p>}
          </div>
        </>
      )}
      <ProblemLine error={attending.refused} />
    </Modal>
  )
}

import { Button, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { changeOwn, nameOwn, removeOwn } from '@/api/attendance'
import type { AttendeeEntry, NewAttendee, UnitNotice } from '@/api/generated/wire'
import { AskAway } from '@/features/notices/AskAway'
import { useStep, type Step } from '@/features/notices/use-notices'
import { Ask } from '@/panel/Ask'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

const COLOUR = { expected: 'default', confirmed: 'green', leave: 'orange', standIn: 'blue', absent: 'red' } as const

type Asking = { kind: 'leave' | 'standIn' | 'remove'; person: AttendeeEntry } | null

/** Whom the unit sends: named, confirmed, on leave or replaced, until answers end. */
export function OwnPeople({ notice }: { notice: UnitNotice }) {
  const text = useText()
  const words = text.panel.notices
  const [asking, setAsking] = useState<Asking>(null)
  const step = useStep()
  const { meeting, unit, people, answers, hours } = notice
  const close = () => {
    step.reset()
    setAsking(null)
  }
  return (
    <section className="card notice-people" aria-label={words.people}>
      <h2>
        {words.people} {people.length > 0 && <small className="quiet">{words.named(people.length)}</small>}
      </h2>
      {!answers && hours.phase === 'toBe' && <p className="notice-closed">{words.closed}</p>}
      {people.length === 0 && <p className="quiet">{words.nobody}</p>}
      <ul>
        {people.map((person) => (
          <Person
            key={person.id}
            person={person}
            answers={answers && person.signed === null}
            comes={() => step.mutate(() => changeOwn(meeting, unit, person.id, { answer: { kind: 'confirmed' } }))}
            ask={(kind) => setAsking({ kind, person })}
          />
        ))}
      </ul>
      {asking === null && <ProblemLine error={step.error} />}
      {answers && <Add notice={notice} />}
      {asking?.kind === 'remove' && (
        <Ask
          title={words.removeTitle(asking.person.name)}
          effect={words.removeEffect}
          confirm={words.remove}
          busy={step.isPending}
          error={step.error}
          yes={() => step.mutate(() => removeOwn(meeting, unit, asking.person.id), { onSuccess: close })}
          no={close}
        />
      )}
      {(asking?.kind === 'leave' || asking?.kind === 'standIn') && (
        <AskAway kind={asking.kind} person={asking.person} step={step} send={(answer) => changeOwn(meeting, unit, asking.person.id, { answer })} done={close} />
      )}
    </section>
  )
}

function Person({ person, answers, comes, ask }: { person: AttendeeEntry; answers: boolean; comes: () => void; ask: (kind: 'leave' | 'standIn' | 'remove') => void }) {
  const text = useText()
  const words = text.panel.notices
  const { attendance } = text.panel
  const { answer, signed } = person
  const of = (word: string) => `${word}${text.colon}${person.name}`
  return (
    <li aria-label={person.name}>
      <p className="notice-who">
        <strong>{person.name}</strong> <span>{person.position}</span>
        {person.summoned && <Tag>{words.summoned}</Tag>}
        <Tag color={COLOUR[answer.kind]}>{attendance.answer[answer.kind]}</Tag>
        {signed !== null && <Tag color="green">{words.signedIn}</Tag>}
      </p>
      {answer.kind === 'leave' && <p className="quiet">{attendance.leaveOf(answer.reason, answer.approver)}</p>}
      {answer.kind === 'standIn' && <p className="quiet">{attendance.standInOf(answer.name, answer.approver)}</p>}
      {answers && (
        <p className="notice-acts">
          {answer.kind === 'expected' && (
            <Button type="primary" aria-label={of(words.comes)} onClick={comes}>
              {words.comes}
            </Button>
          )}
          {(answer.kind === 'leave' || answer.kind === 'standIn') && (
            <Button aria-label={of(words.takeBack)} onClick={comes}>
              {words.takeBack}
            </Button>
          )}
          {answer.kind !== 'leave' && (
            <Button aria-label={of(words.leave)} onClick={() => ask('leave')}>
              {words.leave}
            </Button>
          )}
          {answer.kind !== 'standIn' && (
            <Button aria-label={of(words.standIn)} onClick={() => ask('standIn')}>
              {words.standIn}
            </Button>
          )}
          {!person.summoned && (
            <Button danger aria-label={of(words.remove)} onClick={() => ask('remove')}>
              {words.remove}
            </Button>
          )}
        </p>
      )}
    </li>
  )
}

/** Names one more; the next can be typed at once. */
function Add({ notice: { meeting, unit } }: { notice: UnitNotice }) {
  const text = useText()
  const words = text.panel.notices
  const [form] = Form.useForm<NewAttendee>()
  const step: Step = useStep()
  const submit = ({ name, position }: NewAttendee) =>
    step.mutate(() => nameOwn(meeting, unit, [{ name, position }]), {
      onSuccess: () => {
        // Not reset, which makes new fields and loses the keyboard's place.
        form.setFieldsValue({ name: '', position: '' })
        form.focusField('name')
      },
      onError: (error) => showFaults(form, error),
    })
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="notice-add" initialValues={{ name: '', position: '' }} onFinish={submit}>
      <h3>{words.add}</h3>
      <div className="form-pair">
        <Form.Item name="name" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input size="large" maxLength={64} autoComplete="off" />
        </Form.Item>
        <Form.Item name="position" label={words.position}>
          <Input size="large" maxLength={64} autoComplete="off" />
        </Form.Item>
      </div>
      <ProblemLine error={step.error} />
      <Button size="large" htmlType="submit" loading={step.isPending}>
        {words.addConfirm}
      </Button>
    </Form>
  )
}

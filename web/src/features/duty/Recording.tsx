import { Alert, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import type { MeetingStatus, RecorderStatus } from '@/api/generated/wire'
import { markRecording, startRecording, stopRecording } from '@/api/panel'
import { megabytes } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { can } from '@/panel/can'
import { showFaults } from '@/panel/field-faults'
import { OffButton } from '@/panel/OffButton'
import type { Powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Whether the meeting is being recorded, in words that are true; beginning and ending it. */
export function Recording({ meeting, powers }: { meeting: MeetingStatus; powers: Powers }) {
  const words = useText().panel.duty.recording
  const start = useChange(startRecording, [])
  const stop = useChange(stopRecording, [])
  const [ending, setEnding] = useState(false)
  const [marking, setMarking] = useState(false)
  const now = meeting.recording
  return (
    <section className="air-recording" aria-label={words.title}>
      <p>
        <strong>{words.title}</strong> <span>{now === null ? words.off : words.state[now.state]}</span>
        {now !== null && <small>{words.figures(megabytes(now.bytes), now.lost, now.diskLastsMinutes)}</small>}
        {now === null ? (
          <OffButton can={can.record(powers)} loading={start.isPending} onClick={() => start.mutate(meeting.id)}>
            {words.start}
          </OffButton>
        ) : (
          <>
            <OffButton can={can.record(powers)} onClick={() => setMarking(true)}>
              {words.mark}
            </OffButton>
            <OffButton can={can.record(powers)} onClick={() => setEnding(true)}>
              {words.stop}
            </OffButton>
          </>
        )}
      </p>
      {now !== null && alarm(now) && <Alert type="error" role="alert" showIcon title={words.alarm[now.state === 'diskFull' ? 'diskFull' : 'notWriting']} />}
      <ProblemLine error={start.error} />
      {marking && <Mark meeting={meeting.id} done={() => setMarking(false)} />}
      {ending && (
        <Ask
          title={words.stopTitle(meeting.title)}
          effect={words.stopEffect}
          confirm={words.stop}
          busy={stop.isPending}
          error={stop.error}
          yes={() => stop.mutate(meeting.id, { onSuccess: () => setEnding(false) })}
          no={() => setEnding(false)}
        />
      )}
    </section>
  )
}

/** A moment of the meeting to be found again: the one at which the button was pressed is near enough. */
function Mark({ meeting, done }: { meeting: string; done: () => void }) {
  const text = useText()
  const words = text.panel.duty.recording
  const [form] = Form.useForm<{ text: string }>()
  const mark = useChange(({ text: said }: { text: string }) => markRecording(meeting, said), [])
  return (
    <Modal open title={words.mark} okText={words.mark} cancelText={text.panel.cancel} confirmLoading={mark.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.markEffect}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ text: '' }} onFinish={(fields) => mark.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <Form.Item name="text" label={words.markText} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={60} placeholder={words.markHint} autoComplete="off" />
        </Form.Item>
        <p className="mark-usual">
          {words.markUsual.map((usual) => (
            <Button key={usual} onClick={() => form.setFieldsValue({ text: usual })}>
              {usual}
            </Button>
          ))}
        </p>
      </Form>
      <ProblemLine error={mark.error} />
    </Modal>
  )
}

const alarm = ({ state }: RecorderStatus): boolean => state === 'notWriting' || state === 'diskFull'

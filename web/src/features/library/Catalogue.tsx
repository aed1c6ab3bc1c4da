import { useQuery } from '@tanstack/react-query'
import { Form, Input, Modal } from 'antd'
import type { MeetingNotice, RecordingEntry } from '@/api/generated/wire'
import { readNotice as askNotice, writeNotice, writeNote } from '@/api/panel'
import { readNotice, typeNotice, type TypedNotice } from '@/lib/notice'
import { showFaults } from '@/panel/field-faults'
import { NoticeFields, PrintedFields } from '@/panel/NoticeFields'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

type Fields = TypedNotice & { note: string }

/** What a recording is found by years later: unit, attendees and agenda of its meeting, and a note. */
export function Catalogue({ recording, done }: { recording: RecordingEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.library
  const notice = useQuery({ queryKey: ['meetings', recording.meeting, 'notice'], queryFn: () => askNotice(recording.meeting), staleTime: 0, gcTime: 0, refetchOnWindowFocus: false })
  return (
    <>
      {notice.data !== undefined && <CatalogueForm recording={recording} notice={notice.data} done={done} />}
      {notice.error !== null && (
        <Modal open title={words.catalogueTitle(recording.title)} onCancel={done} footer={null}>
          <ProblemLine error={notice.error} retry={() => void notice.refetch()} />
        </Modal>
      )}
    </>
  )
}

function CatalogueForm({ recording, notice, done }: { recording: RecordingEntry; notice: MeetingNotice; done: () => void }) {
  const text = useText()
  const words = text.panel.library
  const [form] = Form.useForm<Fields>()
  const save = useChange(
    async ({ note, ...typed }: Fields) => {
      await writeNotice(recording.meeting, readNotice(typed))
      if (note.trim() !== recording.note) await writeNote(recording.id, note)
    },
    ['recordings', 'meetings'],
  )
  return (
    <Modal open width={720} title={words.catalogueTitle(recording.title)} okText={text.panel.save} cancelText={text.panel.cancel} confirmLoading={save.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.catalogueEffect}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ ...typeNotice(notice), note: recording.note }}
        onFinish={(fields) => save.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error, { text: 'note' }) })}
      >
        <NoticeFields listed={notice.listed ?? []} />
        <PrintedFields />
        <Form.Item name="note" label={words.note} extra={recording.locked ? words.noteLocked : undefined}>
          <Input.TextArea maxLength={1000} autoSize={{ minRows: 2, maxRows: 8 }} disabled={recording.locked} />
        </Form.Item>
      </Form>
      <ProblemLine error={save.error} />
    </Modal>
  )
}

import { useQuery } from '@tanstack/react-query'
import { Form, Modal } from 'antd'
import { readNotice as askNotice, writeNotice } from '@/api/panel'
import type { MeetingNotice } from '@/api/generated/wire'
import { readNotice, typeNotice, type TypedNotice } from '@/lib/notice'
import { showFaults } from '@/panel/field-faults'
import { NoticeFields, PrintedFields } from '@/panel/NoticeFields'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** What the units that are invited are told of the meeting, and what is printed of it. */
export function EditNotice({ meeting, done }: { meeting: string; done: () => void }) {
  const { attendance: words } = useText().panel
  const notice = useQuery({ queryKey: ['meetings', meeting, 'notice'], queryFn: () => askNotice(meeting), staleTime: 0, gcTime: 0, refetchOnWindowFocus: false })
  if (notice.data !== undefined) return <NoticeForm meeting={meeting} notice={notice.data} done={done} />
  if (notice.error === null) return null
  return (
    <Modal open title={words.noticeTitle} onCancel={done} footer={null}>
      <ProblemLine error={notice.error} retry={() => void notice.refetch()} />
    </Modal>
  )
}

function NoticeForm({ meeting, notice, done }: { meeting: string; notice: MeetingNotice; done: () => void }) {
  const text = useText()
  const [form] = Form.useForm<TypedNotice>()
  const save = useChange((typed: TypedNotice) => writeNotice(meeting, readNotice(typed)), ['meetings', 'notice', 'attendance'])
  const submit = (typed: TypedNotice) => save.mutate(typed, { onSuccess: done, onError: (error) => showFaults(form, error) })
  return (
    <Modal open width={720} title={text.panel.attendance.noticeTitle} okText={text.panel.save} cancelText={text.panel.cancel} confirmLoading={save.isPending} onOk={() => form.submit()} onCancel={done}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={typeNotice(notice)} onFinish={submit}>
        <NoticeFields listed={notice.listed ?? []} />
        <PrintedFields />
      </Form>
      <ProblemLine error={save.error} />
    </Modal>
  )
}

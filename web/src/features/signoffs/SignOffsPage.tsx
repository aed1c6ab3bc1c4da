import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Form, Input, Modal, Tag } from 'antd'
import { useState } from 'react'
import type { AccountRole, SignatureEntry, SignOffEntry, Standing } from '@/api/generated/wire'
import { decideSignOff, signOffs, type VerdictWord } from '@/api/panel'
import '@/features/signoffs/signoffs.css'
import { Arrangements } from '@/features/signoffs/Arrangements'
import { Pen } from '@/features/signoffs/Pen'
import { duration, moment } from '@/lib/format'
import { showFaults } from '@/panel/field-faults'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

const LOOK_EVERY_MS = 10_000

const COLOUR: Record<Standing, string> = { waiting: 'gold', open: 'green', refused: 'red', recalled: 'red', over: 'default' }

interface Deciding {
  entry: SignOffEntry
  word: VerdictWord
}

/** What somebody wants to hand out: the approver decides, who asked reads what was decided. */
export function SignOffsPage({ roles, signs }: { roles: AccountRole[]; signs: boolean }) {
  const text = useText()
  const words = text.panel.signOffs
  const all = useInfiniteQuery({
    queryKey: ['signOffs'],
    queryFn: ({ pageParam }) => signOffs(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: LOOK_EVERY_MS,
  })
  const [deciding, setDeciding] = useState<Deciding | null>(null)
  const rows = all.data?.pages.flatMap((page) => page.entries) ?? []
  const arrangements = all.data?.pages[0]?.arrangements ?? []
  const waiting = rows.filter(({ standing }) => standing === 'waiting')
  const done = rows.filter(({ standing }) => standing !== 'waiting')
  return (
    <PageFrame title={words.title} hint={signs ? words.hintApprover : roles.includes('approver') ? words.hintAway : words.hintClerk}>
      <ProblemLine error={all.error} retry={() => void all.refetch()} />
      <Pen approver={roles.includes('approver')} />
      {arrangements.length > 0 && <Arrangements entries={arrangements} />}
      <section className="card" aria-label={words.waiting}>
        <h2>{words.waiting}</h2>
        {waiting.length === 0 && <p className="quiet">{all.data === undefined ? text.panel.loading : words.noneWaiting}</p>}
        <ol className="sign-offs">
          {waiting.map((entry) => (
            <SignOff key={entry.id} entry={entry}>
              {entry.pen.mine && entry.mine && <p className="quiet">{words.own}</p>}
              {entry.pen.mine && !entry.mine && (
                <div className="row-actions">
                  <Button type="primary" size="large" onClick={() => setDeciding({ entry, word: 'grant' })}>
                    {words.grant}
                  </Button>
                  <Button size="large" danger onClick={() => setDeciding({ entry, word: 'refuse' })}>
                    {words.refuse}
                  </Button>
                </div>
              )}
            </SignOff>
          ))}
        </ol>
      </section>
      <section className="card" aria-label={words.decided}>
        <h2>{words.decided}</h2>
        {done.length === 0 && <p className="quiet">{words.noneDecided}</p>}
        <ol className="sign-offs">
          {done.map((entry) => (
            <SignOff key={entry.id} entry={entry}>
              {entry.pen.mine && !entry.mine && entry.standing === 'open' && (
                <Button danger onClick={() => setDeciding({ entry, word: 'recall' })}>
                  {words.recall}
                </Button>
              )}
            </SignOff>
          ))}
        </ol>
        {all.hasNextPage && (
          <Button loading={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
            {words.more}
          </Button>
        )}
      </section>
      {deciding !== null && <Verdict {...deciding} done={() => setDeciding(null)} />}
    </PageFrame>
  )
}

function SignOff({ entry, children }: { entry: SignOffEntry; children: React.ReactNode }) {
  const text = useText()
  const words = text.panel.signOffs
  const { decision, recall } = entry
  const at = (ms: number) => moment(ms, text.locale)
  return (
    <li className="sign-off" aria-label={entry.title}>
      <div>
        <h3>
          {entry.title}
          <Tag color={COLOUR[entry.standing]}>{words.standing[entry.standing]}</Tag>
        </h3>
        <dl>
          <dt>{words.recorded}</dt>
          <dd>{at(entry.recordedAtMs)}</dd>
          <dt>{words.asked}</dt>
          <dd>{words.by(entry.askedBy, at(entry.askedAtMs))}</dd>
          <dt>{words.purpose}</dt>
          <dd>{entry.purpose}</dd>
          <dt>{words.recipient}</dt>
          <dd>{words.receives(entry.recipient, entry.days)}</dd>
          <dt>{words.which}</dt>
          <dd>{partOf(words, entry)}</dd>
          <dt>{words.pen}</dt>
          <dd>{words.penOf(entry.pen.unit ?? text.panel.pen.own, entry.pen.holder)}</dd>
          {decision !== null && (
            <>
              <dt>{words.signature}</dt>
              <dd>{words.signed(signer(words, decision), at(decision.atMs), decision.text)}</dd>
            </>
          )}
          {recall !== null && (
            <>
              <dt>{words.recalled}</dt>
              <dd>{words.signed(signer(words, recall), at(recall.atMs), recall.text)}</dd>
            </>
          )}
          {entry.untilMs !== null && (
            <>
              <dt>{words.until}</dt>
              <dd>{at(entry.untilMs)}</dd>
            </>
          )}
        </dl>
      </div>
      <div className="sign-off-actions">{children}</div>
    </li>
  )
}

type Words = ReturnType<typeof useText>['panel']['signOffs']

const signer = (words: Words, { by, deputising }: SignatureEntry): string => (deputising === null ? by : words.deputising(by, deputising))

const partOf = (words: Words, { part }: SignOffEntry): string => (part === null ? words.whole : words.part(partTime(part.fromMs), partTime(part.toMs)))

/** `1:05:09` from the recording's beginning. */
const partTime = (ms: number): string => duration(ms / 1000, '')

/** The approver's word, and a last look at what it is about. */
function Verdict({ entry, word, done }: Deciding & { done: () => void }) {
  const text = useText()
  const words = text.panel.signOffs
  const [form] = Form.useForm<{ text: string }>()
  const decide = useChange(({ text: said }: { text: string }) => decideSignOff(entry.id, word, { text: said }), ['signOffs', 'recordings'])
  const needed = word !== 'grant'
  return (
    <Modal
      open
      title={words.verdictTitle[word](entry.title)}
      okText={words.verdictConfirm[word]}
      cancelText={text.panel.cancel}
      okButtonProps={{ danger: needed }}
      confirmLoading={decide.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <p className="ask-effect">
        {words.verdictEffect[word](entry.recipient, entry.days)}
        {word === 'grant' && ` ${words.which}${text.colon}${partOf(words, entry)}`}
      </p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ text: '' }} onFinish={(fields) => decide.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <Form.Item name="text" label={needed ? words.reason : words.remark} rules={needed ? [{ required: true, whitespace: true, message: words.reasonMissing }] : []}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
      <ProblemLine error={decide.error} />
    </Modal>
  )
}

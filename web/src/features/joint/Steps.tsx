import { Button } from 'antd'
import { useState } from 'react'
import type { JointTestEntry } from '@/api/generated/wire'
import { actOn, explainJointTest, type Act } from '@/api/joint'
import { Note } from '@/features/joint/Note'
import { openItems, stepsOf } from '@/features/joint/sheet'
import { Ask } from '@/panel/Ask'
import type { Powers } from '@/panel/places'
import { PlanJointTest } from '@/panel/PlanJointTest'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

interface Props {
  test: JointTestEntry
  powers: Powers
  maySign: boolean
  /** What the server said instead of yes; null once it did. */
  fault: (error: Error | null) => void
}

/** What can be done with a joint test as a whole, each a large button that says what it does. */
export function Steps({ test, powers, maySign, fault }: Props) {
  const words = useText().panel.joint
  const can = stepsOf(test)
  const open = openItems(test.items)
  const [asking, setAsking] = useState<'end' | 'explain' | 'accept' | 'again' | null>(null)
  const act = useChange((what: Act) => actOn(test.id, what), ['jointTest', 'meetings'])
  const explain = useChange((reason: string) => explainJointTest(test.id, reason), ['jointTest', 'meetings'])
  const run = (what: Act) => act.mutate(what, { onSuccess: () => fault(null), onError: fault })
  const runs = (what: Act) => act.isPending && act.variables === what
  const done = { onSuccess: () => setAsking(null) }
  return (
    <section className="joint-steps" aria-label={words.name}>
      {powers.steer && can.begin && (
        <Button type="primary" size="large" loading={runs('begin')} onClick={() => run('begin')}>
          {words.begin}
        </Button>
      )}
      {powers.steer && can.goOn && (
        <Button size="large" loading={runs('begin')} onClick={() => run('begin')}>
          {words.goOn}
        </Button>
      )}
      {powers.steer && can.measure && (
        <>
          <Button size="large" loading={runs('measure')} disabled={act.isPending && !runs('measure')} onClick={() => run('measure')}>
            {runs('measure') ? words.measuring : words.measure}
            <small>{words.measureHint}</small>
          </Button>
          <Button size="large" loading={runs('trial')} disabled={act.isPending && !runs('trial')} onClick={() => run('trial')}>
            {runs('trial') ? words.trying : words.trial}
            <small>{words.trialHint}</small>
          </Button>
        </>
      )}
      {powers.steer && can.check && (
        <Button type={open === 0 ? 'primary' : 'default'} size="large" className="joint-end" onClick={() => setAsking('end')}>
          {words.end(open)}
        </Button>
      )}
      {powers.steer && can.explain && (
        <Button size="large" onClick={() => setAsking('explain')}>
          {words.explain}
        </Button>
      )}
      {maySign && can.accept && (
        <Button type="primary" size="large" onClick={() => setAsking('accept')}>
          {words.accept}
        </Button>
      )}
      {powers.steer && can.again && (
        <Button size="large" onClick={() => setAsking('again')}>
          {words.again}
        </Button>
      )}
      {asking === 'end' && (
        <Ask title={words.endTitle} effect={open === 0 ? words.endGood : words.endBad(open)} confirm={words.end(open)} danger={open > 0} busy={act.isPending} error={act.error} yes={() => act.mutate('end', done)} no={() => setAsking(null)} />
      )}
      {asking === 'accept' && (
        <Ask title={words.acceptTitle} effect={words.acceptEffect(test.reason)} confirm={words.acceptConfirm} busy={act.isPending} error={act.error} yes={() => act.mutate('accept', done)} no={() => setAsking(null)} />
      )}
      {asking === 'explain' && (
        <Note
          title={words.explainTitle}
          effect={words.explainEffect}
          hint={words.explainHint}
          confirm={words.explainConfirm}
          beginning={test.reason}
          busy={explain.isPending}
          error={explain.error}
          yes={(reason) => explain.mutate(reason, done)}
          no={() => setAsking(null)}
        />
      )}
      {asking === 'again' && <PlanJointTest meeting={{ id: test.meeting, startsAtMs: test.meetingStartsAtMs }} done={() => setAsking(null)} />}
    </section>
  )
}

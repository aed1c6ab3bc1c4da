import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import type { AccountRole, JointTestEntry } from '@/api/generated/wire'
import { jointTest, jointTestRecord } from '@/api/joint'
import { Items } from '@/features/joint/Items'
import '@/features/joint/joint.css'
import { Signals } from '@/features/joint/Signals'
import { Steps } from '@/features/joint/Steps'
import { lookedAt } from '@/features/joint/sheet'
import { moment, span } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { PATHS, powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { ReadinessTag } from '@/panel/ReadinessTag'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const EVERY_MS = 4000

/** One joint test: its checklist, what is measured, its result, and its record to be printed. */
export function JointTestPage({ roles, signs }: { roles: AccountRole[]; signs: boolean }) {
  const text = useText()
  const words = text.panel.joint
  const [search] = useSearchParams()
  const id = search.get('of') ?? ''
  const { data: test, error, refetch } = useQuery({ queryKey: ['jointTest', id], queryFn: () => jointTest(id), refetchInterval: EVERY_MS })
  const [fault, setFault] = useState<Error | null>(null)
  const mine = powers(roles)
  const maySign = signs || roles.includes('leader')
  return (
    <PageFrame
      title={test === undefined ? words.name : words.title(test.title)}
      {...(test !== undefined && { hint: words.stateHint[test.state] })}
      actions={
        <>
          <Link href={PATHS.schedule}>
            <Button size="large">{words.back}</Button>
          </Link>
          {mine.steer && (
            <Link href={PATHS.checklist}>
              <Button size="large">{words.checklist.edit}</Button>
            </Link>
          )}
          <Button size="large" href={jointTestRecord(id)} download>
            {words.print}
          </Button>
        </>
      }
    >
      <ProblemLine error={error} retry={() => void refetch()} />
      {test !== undefined && (
        <>
          <Summary test={test} />
          <Steps test={test} powers={mine} maySign={maySign} fault={setFault} />
          <ProblemLine error={fault} />
          {mine.steer && test.onAir && <Signals meeting={test.id} />}
          {test.items.length > 0 && <Items key={test.id} test={test} powers={mine} fault={setFault} />}
        </>
      )}
    </PageFrame>
  )
}

/** What it is of, when and where, and how it stands. */
function Summary({ test }: { test: JointTestEntry }) {
  const text = useText()
  const words = text.panel.joint
  const now = useNow(0).getTime()
  const rows: [string, string][] = [
    [words.meetingTime, span(test.meetingStartsAtMs, test.meetingEndsAtMs, now, text.locale)],
    [words.time, span(test.startsAtMs, test.endsAtMs, now, text.locale)],
    [words.line, test.line === '' ? words.noLine : test.line],
    [words.venues, test.venues.length === 0 ? '–' : test.venues.join(text.comma)],
    [words.operator, test.operator?.name ?? '–'],
  ]
  if (test.ended !== null) rows.push([words.result, `${words.state[test.state]}（${words.by(test.ended.name, moment(test.ended.atMs, text.locale))}）`])
  if (test.reason !== '') rows.push([words.reason, test.reason])
  return (
    <section className="card joint-summary" aria-label={words.result}>
      <p className={`joint-state ${test.state}`} role="status">
        <strong>{words.state[test.state]}</strong>
        <span>{test.onAir ? words.onAir : test.closed ? words.closed : words.notOnAir}</span>
        {test.items.length > 0 && <span>{words.checked(lookedAt(test.items), test.items.length)}</span>}
        <ReadinessTag entry={{ readiness: test.readiness, openItems: 0 }} />
      </p>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

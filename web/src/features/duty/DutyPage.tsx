import { Button, Segmented } from 'antd'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import type { AccountRole, MeetingEntry, MeetingStatus, Status } from '@/api/generated/wire'
import '@/features/duty/duty.css'
import { Coming } from '@/features/duty/Coming'
import { FirstSteps } from '@/features/duty/FirstSteps'
import { NextMeetings } from '@/features/duty/NextMeetings'
import { OnAir } from '@/features/duty/OnAir'
import { RollCall } from '@/features/duty/RollCall'
import { useLive } from '@/panel/live'
import { PageFrame } from '@/panel/PageFrame'
import { PATHS, powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** What is on air now, and everything one does to it. */
export function DutyPage({ roles }: { roles: AccountRole[] }) {
  const text = useText()
  const words = text.panel.duty
  const { status } = useLive()
  const meetings = useMeetings()
  const [chosen, setChosen] = useState<string | null>(null)
  const onAir = running(status, meetings.data ?? [])
  const shown = onAir.find(({ live }) => live.id === chosen) ?? onAir[0]
  const mine = powers(roles)
  const [search] = useSearchParams()
  const rolled = (meetings.data ?? []).find(({ id }) => id === search.get('roll'))
  if (rolled !== undefined) {
    return (
      <PageFrame title={text.panel.rollCall.title}>
        <RollCall key={rolled.id} meeting={rolled} live={onAir.find(({ live }) => live.id === rolled.id)?.live ?? null} powers={mine} />
      </PageFrame>
    )
  }
  return (
    <PageFrame
      title={words.title}
      actions={
        onAir.length > 1 && (
          <Segmented
            size="large"
            aria-label={words.choose}
            value={shown?.live.id ?? ''}
            options={onAir.map(({ live }) => ({ value: live.id, label: live.title }))}
            onChange={setChosen}
          />
        )
      }
    >
      <ProblemLine error={meetings.error} retry={() => void meetings.refetch()} />
      {meetings.data !== undefined && <Coming meetings={meetings.data} />}
      {shown !== undefined && shown.plan !== null && shown.plan.tests !== null && (
        <p>
          <Link href={`${PATHS.jointTest}?of=${shown.live.id}`}>
            <Button type="primary" size="large">
              {text.panel.joint.sheetOpen}
            </Button>
          </Link>
        </p>
      )}
      {shown !== undefined && <OnAir key={shown.live.id} meeting={shown.live} plan={shown.plan} powers={mine} />}
      {shown === undefined && status !== null && meetings.data !== undefined && <NextMeetings meetings={meetings.data} powers={mine} />}
      {meetings.data !== undefined && <FirstSteps roles={roles} meetings={meetings.data} onAir={shown?.live ?? null} />}
    </PageFrame>
  )
}

/** Meetings that have a room, with their plan where there is one. */
function running(status: Status | null, meetings: MeetingEntry[]): { live: MeetingStatus; plan: MeetingEntry | null }[] {
  return (status?.meetings ?? []).map((live) => ({ live, plan: meetings.find((entry) => entry.id === live.id) ?? null }))
}

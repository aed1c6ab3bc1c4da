import { Link } from 'wouter'
import type { AccountRole, MeetingEntry, MeetingStatus } from '@/api/generated/wire'
import { PATHS } from '@/panel/places'
import { useAccounts, useDevices, useLegs, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

interface Step {
  key: string
  done: boolean
  label: string
  hint: string
  href: string
}

/** How a newcomer gets from an empty server to a picture on the screen; gone once that has happened. */
export function FirstSteps({ roles, meetings, onAir }: { roles: AccountRole[]; meetings: MeetingEntry[]; onAir: MeetingStatus | null }) {
  const words = useText().panel.duty.steps
  const security = roles.includes('security_admin')
  const operator = roles.includes('operator')
  const accounts = useAccounts(security)
  const venues = useVenues()
  const devices = useDevices()
  const legs = useLegs()
  if (venues.data === undefined || devices.data === undefined) return null
  const account: Step[] = security
    ? [{ key: 'account', done: accounts.data?.some((entry) => entry.roles.includes('operator')) ?? false, label: words.account, hint: words.accountHint, href: `${PATHS.accounts}?new` }]
    : []
  const meeting: Step[] = operator
    ? [
        { key: 'meeting', done: meetings.length > 0, label: words.meeting, hint: words.meetingHint, href: `${PATHS.meetings}?new` },
        { key: 'start', done: onAir !== null && onAir.onAir !== null, label: words.start, hint: words.startHint, href: PATHS.duty },
      ]
    : []
  const steps: Step[] = [
    ...account,
    { key: 'venue', done: venues.data.length > 0, label: words.venue, hint: words.venueHint, href: `${PATHS.venues}?new` },
    { key: 'device', done: devices.data.some((device) => device.state === 'paired'), label: words.device, hint: words.deviceHint, href: `${PATHS.devices}?new` },
    { key: 'leg', done: (legs.data?.length ?? 0) > 0, label: words.leg, hint: words.legHint, href: PATHS.legs },
    ...meeting,
  ]
  const had = meetings.some((entry) => entry.state === 'closed')
  if (had || steps.every((step) => step.done || step.key === 'leg')) return null
  return (
    <section className="card steps" aria-label={words.title}>
      <h2>{words.title}</h2>
      <p className="quiet">{words.hint}</p>
      <ol>
        {steps.map((step) => (
          <li key={step.key} className={step.done ? 'step-done' : undefined}>
            <Link href={step.href}>
              <Icon name={step.done ? 'check' : 'remove'} size={22} />
              <strong>{step.label}</strong>
              <span>{step.hint}</span>
              <small>{step.done ? words.done : words.todo}</small>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  )
}

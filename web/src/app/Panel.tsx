import { useEffect } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { Me } from '@/api/generated/wire'
import { AccessPage } from '@/features/access/AccessPage'
import { AccountsPage } from '@/features/accounts/AccountsPage'
import { ApiPage } from '@/features/api/ApiPage'
import { AttendancePage } from '@/features/attendance/AttendancePage'
import { AuditPage } from '@/features/audit/AuditPage'
import { DevicesPage } from '@/features/devices/DevicesPage'
import { DutyPage } from '@/features/duty/DutyPage'
import { ChecklistPage } from '@/features/joint/ChecklistPage'
import { JointTestPage } from '@/features/joint/JointTestPage'
import { LegsPage } from '@/features/legs/LegsPage'
import { LibraryPage } from '@/features/library/LibraryPage'
import { LoginPage } from '@/features/login/LoginPage'
import { FirstPassword, MePage } from '@/features/me/MePage'
import { FirstSecondFactor } from '@/features/me/SecondFactor'
import { MeetingsPage } from '@/features/meetings/MeetingsPage'
import { SchedulePage } from '@/features/meetings/SchedulePage'
import { MinePage } from '@/features/mine/MinePage'
import { NoticesPage } from '@/features/notices/NoticesPage'
import { SelfCheckPage } from '@/features/access/SelfCheckPage'
import { SignOffsPage } from '@/features/signoffs/SignOffsPage'
import { StatusPage } from '@/features/status/StatusPage'
import { UnitsPage } from '@/features/units/UnitsPage'
import { VenuesPage } from '@/features/venues/VenuesPage'
import { LiveProvider } from '@/panel/live'
import { PageFrame } from '@/panel/PageFrame'
import { goOn, PATHS, placeAt, places, type Place } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useMe } from '@/panel/queries'
import { Shell } from '@/panel/Shell'
import { useText } from '@/text/use-text'

type User = Extract<Me, { kind: 'user' }>

/** Which page of the panel somebody gets: by who they are first, by the address second. */
export function Panel() {
  const { data: me, error, refetch } = useMe()
  const [path] = useLocation()
  if (me === undefined) return error === null ? null : <ProblemLine error={error} retry={() => void refetch()} />
  switch (me.kind) {
    case 'user':
      return me.mustChangePassword ? <FirstPassword user={me} /> : me.mustEnrol ? <FirstSecondFactor /> : <UserPanel user={me} path={path} />
    case 'visitor':
      return path === PATHS.status ? <VisitorStatus /> : <LoginPage demo elsewhere={null} />
    case 'stranger':
    case 'device':
      return <LoginPage demo={false} elsewhere={null} />
    case 'elsewhere':
      return <LoginPage demo={false} elsewhere={me} />
  }
}

function UserPanel({ user, path }: { user: User; path: string }) {
  const search = useSearch()
  const onward = goOn(search)
  const list = places(user.roles, user.signs)
  const at = placeAt(path, user.roles, user.signs)
  const technical = list.includes('status')
  useEffect(() => {
    // A page outside the panel (for example a meeting) asked for the log-in.
    if (onward !== null) location.replace(onward)
  }, [onward])
  if (onward !== null) return null
  const shell = (
    <Shell places={list} at={at} name={user.name} lastLoginMs={user.lastLoginMs} console={user.console} alarms={technical}>
      {at === null ? <NoAccess roles={user.roles.length > 0} /> : <Page place={at} user={user} />}
    </Shell>
  )
  return <LiveProvider figures={technical}>{shell}</LiveProvider>
}

function Page({ place, user }: { place: Place; user: User }) {
  switch (place) {
    case 'duty':
      return <DutyPage roles={user.roles} />
    case 'mine':
      return <MinePage roles={user.roles} />
    case 'schedule':
      return <SchedulePage roles={user.roles} />
    case 'meetings':
      return <MeetingsPage roles={user.roles} />
    case 'attendance':
      return <AttendancePage />
    case 'notices':
      return <NoticesPage />
    case 'recordings':
      return <LibraryPage roles={user.roles} viewer={[user.unit, user.name, user.login].filter((word) => word !== '').join(' ')} />
    case 'signOffs':
      return <SignOffsPage roles={user.roles} signs={user.signs} />
    case 'legs':
      return <LegsPage />
    case 'devices':
      return <DevicesPage />
    case 'venues':
      return <VenuesPage />
    case 'units':
      return <UnitsPage roles={user.roles} />
    case 'accounts':
      return <AccountsPage self={user.account} />
    case 'access':
      return <AccessPage />
    case 'selfCheck':
      return <SelfCheckPage />
    case 'audit':
      return <AuditPage />
    case 'status':
      return <StatusPage />
    case 'jointTest':
      return <JointTestPage roles={user.roles} signs={user.signs} />
    case 'checklist':
      return <ChecklistPage />
    case 'api':
      return <ApiPage />
    case 'me':
      return <MePage user={user} />
  }
}

function VisitorStatus() {
  return (
    <LiveProvider figures>
      <Shell places={['status']} at="status" name={null} lastLoginMs={null} console={null} alarms={false}>
        <StatusPage />
      </Shell>
    </LiveProvider>
  )
}

function NoAccess({ roles }: { roles: boolean }) {
  const words = useText().panel
  return (
    <PageFrame title={words.noAccess}>
      {!roles && <p>{words.noRole}</p>}
    </PageFrame>
  )
}

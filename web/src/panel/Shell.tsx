import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { ConsoleState } from '@/api/generated/wire'
import { lockConsole, logOut } from '@/api/panel'
import { moment } from '@/lib/format'
import { Alarms } from '@/panel/Alarms'
import { LockBar } from '@/panel/LockBar'
import { useLive } from '@/panel/live'
import '@/panel/panel.css'
import { PATHS, type Place } from '@/panel/places'
import { becomes, useChange } from '@/panel/queries'
import { useFocusBack } from '@/panel/use-focus-back'
import { useText } from '@/text/use-text'
import { Icon, type IconName } from '@/ui/Icon'
import { LanguageSwitch } from '@/ui/LanguageSwitch'

const ICONS: Record<Place, IconName> = {
  duty: 'screen',
  mine: 'meetings',
  recordings: 'recordings',
  signOffs: 'sign-off',
  schedule: 'schedule',
  meetings: 'meetings',
  attendance: 'check',
  notices: 'sign-off',
  legs: 'legs',
  devices: 'devices',
  venues: 'venues',
  units: 'units',
  accounts: 'accounts',
  access: 'access',
  selfCheck: 'check',
  audit: 'audit',
  status: 'status',
  me: 'accounts',
  jointTest: 'check',
  checklist: 'check',
  api: 'access',
}

interface Props {
  places: Place[]
  at: Place | null
  /** Who is logged in; `null` for a demonstration's visitor. */
  name: string | null
  /** When their account logged in before this time; `null` if it never did or nobody is logged in. */
  lastLoginMs: number | null
  /** How the console stands; `null` for a demonstration's visitor. */
  console: ConsoleState | null
  /** Whether live state and alarms are this person's matter. */
  alarms: boolean
  children: ReactNode
}

/** The frame of all pages: where one can go, who one is, what is wrong, and what this system must never be used for. */
export function Shell({ places, at, name, lastLoginMs, console, alarms, children }: Props) {
  const text = useText()
  const words = text.panel
  const { status } = useLive()
  const queries = useQueryClient()
  const leave = useChange(() => logOut(), ['me'])
  const lock = useChange(() => lockConsole(), ['me'])
  useFocusBack()
  const locked = console?.locked === true
  return (
    <div className="shell">
      <aside className="side">
        <p className="side-brand">
          <strong>{text.productLong}</strong>
          {status?.demo === true && <span className="side-demo">{text.status.demo}</span>}
        </p>
        <nav aria-label={words.navigation}>
          {places.map((place) => (
            <Link key={place} href={PATHS[place]} aria-current={place === at ? 'page' : undefined}>
              <Icon name={ICONS[place]} size={22} />
              <span>{words.places[place]}</span>
            </Link>
          ))}
        </nav>
        <div className="side-foot">
          {name !== null && (
            <>
              <span className="side-name">{name}</span>
              {lastLoginMs !== null && <small className="side-last">{words.lastLogin(moment(lastLoginMs, text.locale))}</small>}
              {!locked && (
                <button type="button" className="side-lock" onClick={() => lock.mutate(undefined)}>
                  {words.lock.now}
                </button>
              )}
              <button type="button" onClick={() => leave.mutate(undefined, { onSuccess: () => becomes(queries, { kind: 'stranger' }) })}>
                {words.logOut}
              </button>
            </>
          )}
          <LanguageSwitch className="side-language" />
        </div>
      </aside>
      <div className="shell-body">
        {locked && <LockBar console={console} />}
        {alarms && <Alarms />}
        <div className={locked ? 'shell-main locked' : 'shell-main'} inert={locked}>
          {children}
        </div>
        <footer className="shell-foot">{words.unclassified}</footer>
      </div>
    </div>
  )
}

/** Which pages the panel has, and for whom: the same table as the server's, which has the last word. */
import type { AccountRole, Me } from '@/api/generated/wire'

export type Place = 'duty' | 'mine' | 'recordings' | 'signOffs' | 'schedule' | 'meetings' | 'attendance' | 'notices' | 'legs' | 'devices' | 'venues' | 'units' | 'accounts' | 'access' | 'selfCheck' | 'audit' | 'status' | 'me' | 'jointTest' | 'checklist' | 'api'

export const PATHS: Record<Place, string> = {
  duty: '/',
  mine: '/',
  recordings: '/recordings',
  signOffs: '/sign-offs',
  schedule: '/schedule',
  meetings: '/meetings',
  attendance: '/attendance',
  notices: '/notices',
  legs: '/legs',
  devices: '/devices',
  venues: '/venues',
  units: '/units',
  accounts: '/accounts',
  access: '/access',
  selfCheck: '/self-check',
  audit: '/audit',
  status: '/status',
  me: '/me',
  jointTest: '/joint-test',
  checklist: '/checklist',
  api: '/api-docs',
}

/** Where the roll call of a meeting is: on the duty page. */
export const rollCallOf = (meeting: string): string => `${PATHS.duty}?roll=${encodeURIComponent(meeting)}`

/** Where the attendance list of a meeting is kept. */
export const attendanceOf = (meeting: string): string => `${PATHS.attendance}?meeting=${encodeURIComponent(meeting)}`

/** Where people sign in to a meeting. */
export const signInTo = (meeting: string): string => `${PATHS.attendance}?door=${encodeURIComponent(meeting)}`

const TECHNICIANS: AccountRole[] = ['operator', 'system_admin']

/** In the order of the navigation; the first of them is where somebody lands. */
const TABLE: [Place, AccountRole[]][] = [
  ['notices', ['liaison']],
  ['duty', TECHNICIANS],
  ['recordings', ['operator', 'clerk', 'approver']],
  ['signOffs', ['clerk', 'approver']],
  ['schedule', [...TECHNICIANS, 'clerk', 'leader', 'approver', 'liaison']],
  ['meetings', [...TECHNICIANS, 'clerk']],
  ['attendance', ['operator', 'clerk']],
  ['legs', TECHNICIANS],
  ['devices', TECHNICIANS],
  ['venues', TECHNICIANS],
  ['accounts', ['security_admin']],
  ['units', ['security_admin', 'liaison']],
  ['audit', ['audit_admin']],
  ['access', ['system_admin', 'security_admin', 'audit_admin']],
  ['selfCheck', ['system_admin', 'security_admin', 'audit_admin']],
  ['status', TECHNICIANS],
]

/** Pages that others lead to: they stand in no navigation. */
const BESIDE: [Place, AccountRole[]][] = [
  ['jointTest', [...TECHNICIANS, 'clerk', 'leader', 'approver', 'liaison']],
  ['checklist', ['operator']],
  ['api', TECHNICIANS],
]

/** Those whose first page is the list of meetings they can go into. */
const GUESTS: AccountRole[] = ['leader', 'approver']

const any = (roles: AccountRole[], of: AccountRole[]): boolean => roles.some((role) => of.includes(role))

/** Those whoever signs needs, whatever their roles: a leader who deputises for some days. */
const SIGNING: Place[] = ['recordings', 'signOffs']

/** The pages for these roles, in the order of the navigation; `signs` is whether they sign now. */
export function places(roles: AccountRole[], signs = false): Place[] {
  const mine: Place[] = !any(roles, TECHNICIANS) && any(roles, GUESTS) ? ['mine'] : []
  return [...mine, ...TABLE.flatMap(([place, of]) => (any(roles, of) || (signs && SIGNING.includes(place)) ? [place] : [])), 'me']
}

/** The page a path shows to these roles; `null` if it is none of theirs. */
export function placeAt(path: string, roles: AccountRole[], signs = false): Place | null {
  const bare = path.length > 1 ? path.replace(/\/+$/, '') : path
  const known = places(roles, signs)
  const beside = BESIDE.flatMap(([place, of]) => (any(roles, of) ? [place] : []))
  return [...known, ...beside].find((place) => PATHS[place] === bare) ?? (bare === '/' ? (known[0] ?? null) : null)
}

/** What somebody's roles let them do, where a page must know it before the server says so. */
export interface Powers {
  /** Open and close meetings, choose the programme, open and close microphones. */
  steer: boolean
  /** Look into a meeting. */
  view: boolean
  /** Ask for the signature under an arrangement. */
  ask: boolean
  /** Say who attends a meeting and what is on its agenda, and print that. */
  write: boolean
  /** Keep attendance lists and sign people in. */
  attend: boolean
}

export const powers = (roles: AccountRole[]): Powers => ({
  steer: any(roles, ['operator']),
  view: any(roles, ['operator', 'leader', 'approver']),
  ask: any(roles, ['operator', 'clerk']),
  write: any(roles, ['operator', 'clerk']),
  attend: any(roles, ['operator', 'clerk']),
})

export const rolesOf = (me: Me): AccountRole[] => (me.kind === 'user' ? me.roles : [])

/** A path of this server to go on to after the log-in; anything else is nobody's wish. */
export function goOn(search: string): string | null {
  const to = new URLSearchParams(search).get('to')
  return to !== null && /^\/(?![/\\])[\w\-./%]*$/.test(to) ? to : null
}

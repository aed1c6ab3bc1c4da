import type { QueryClient } from '@tanstack/react-query'

/** What pages show of an area that changed; an area that is not named here is one of its own name. */
const SHOWN: Record<string, string[]> = {
  meeting: ['meetings', 'recordings', 'notice', 'jointTest', 'attendance', 'notices'],
  joint_test: ['meetings', 'jointTest'],
  stage: ['meetings'],
  venue: ['venues'],
  day: ['days'],
  device: ['devices'],
  seat: ['devices'],
  token: ['tokens'],
  leg: ['legs'],
  recording: ['recordings'],
  signoff: ['signOffs', 'pen', 'recordings'],
  arrangement: ['signOffs', 'meetings'],
  roll_call: ['rollCalls'],
  attendance: ['attendance', 'notices', 'notice'],
  notice: ['attendance', 'notices', 'notice'],
  unit: ['units', 'unitNames', 'accounts', 'meetings', 'attendance', 'notices'],
  account: ['accounts', 'units', 'selfCheck', 'me'],
  people: ['accounts', 'units', 'selfCheck'],
  certificate: ['accounts', 'certificates'],
  second_factor: ['accounts', 'secondFactor'],
  login: ['logins'],
  network: [],
}

/** The first words of the queries that an area's change makes old. Pure. */
export const queriesOf = (area: string): string[] => SHOWN[area] ?? [area, `${area}s`]

/** Has everything read again that changed; `null`: nobody knows what did. What no page shows now waits until one does. */
export function readAgain(queries: QueryClient, areas: string[] | null): void {
  if (areas === null) {
    void queries.invalidateQueries({ predicate: ({ queryKey: [name] }) => name !== 'status' && name !== 'play' })
    return
  }
  for (const name of new Set(areas.flatMap(queriesOf))) void queries.invalidateQueries({ queryKey: [name] })
}

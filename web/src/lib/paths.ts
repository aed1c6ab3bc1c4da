/** What the address of a page says: which meeting, and the token in its fragment, which never reaches a server's log. */
export interface PageAddress {
  meeting: string
  token: string | null
}

/** Reads `/join/{meeting}#token=…` or `/screen/{meeting}#token=…`; `null` if no meeting is named. */
export function pageAddress(pathname: string, fragment: string): PageAddress | null {
  const [, page, meeting, ...rest] = pathname.split('/')
  if (page === undefined || meeting === undefined || meeting === '' || rest.some((part) => part !== '')) return null
  const token = new URLSearchParams(fragment.replace(/^#/, '')).get('token')
  return { meeting: decode(meeting), token: token === '' ? null : token }
}

/** What the room's entry is asked for: the place to type a code, a leader's seat, or a venue's screen. */
export type RoomAddress = { kind: 'pair' } | { kind: 'seat' } | { kind: 'room'; venue: string } | { kind: 'unknown' }

/** Reads `/pair`, `/seat` and `/room/{venue}`. */
export function roomAddress(pathname: string): RoomAddress {
  const [, page, venue, ...rest] = pathname.split('/')
  if (rest.some((part) => part !== '')) return { kind: 'unknown' }
  if ((page === 'pair' || page === 'seat') && (venue ?? '') === '') return { kind: page }
  return page === 'room' && venue !== undefined && venue !== '' ? { kind: 'room', venue: decode(venue) } : { kind: 'unknown' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

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

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

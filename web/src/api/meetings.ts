import { request } from '@/api/problem'
import type { MeetingShown, VisitReply } from '@/api/generated/wire'

const path = (meeting: string) => `/api/meetings/${encodeURIComponent(meeting)}`

export async function meetingShown(meeting: string, token: string | null): Promise<MeetingShown> {
  const answer = await request(path(meeting), { headers: token === null ? {} : { authorization: `Bearer ${token}` } })
  return (await answer.json()) as MeetingShown
}

/** Asks for a participant and a token under this name; open only where the meeting is. */
export async function visit(meeting: string, name: string): Promise<VisitReply> {
  const answer = await request(`${path(meeting)}/visit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  return (await answer.json()) as VisitReply
}

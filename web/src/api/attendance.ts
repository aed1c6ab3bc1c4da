/** Attendance lists and the notices of a unit: one function a route. */
import type { AttendanceCopy, AttendanceList, AttendanceTerms, AttendeeChange, NewAttendee, SignedIn, SignInRequest, UnitInvitation, UnitNotice } from '@/api/generated/wire'
import { request } from '@/api/problem'

const part = encodeURIComponent
const list = (meeting: string, rest = '') => `/api/meetings/${part(meeting)}/attendance${rest}`
const notice = (meeting: string, unit: string, rest: string) => `/api/notices/${part(meeting)}/units/${part(unit)}${rest}`

function send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Response> {
  const content = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return request(path, { method, ...content })
}

const listed = async (answer: Promise<Response>): Promise<AttendanceList> => (await (await answer).json()) as AttendanceList
const signed = async (answer: Promise<Response>): Promise<SignedIn> => (await (await answer).json()) as SignedIn
const done = (answer: Promise<Response>): Promise<void> => answer.then(() => undefined)

// whoever keeps the list
export const attendance = (meeting: string): Promise<AttendanceList> => listed(request(list(meeting)))
export const inviteUnits = (meeting: string, body: UnitInvitation): Promise<AttendanceList> => listed(send('POST', list(meeting, '/invite'), body))
export const copyAttendance = (meeting: string, body: AttendanceCopy): Promise<AttendanceList> => listed(send('POST', list(meeting, '/copy'), body))
export const changeTerms = (meeting: string, body: AttendanceTerms): Promise<AttendanceList> => listed(send('PATCH', list(meeting), body))
export const placeUnit = (meeting: string, unit: string, venue: string): Promise<AttendanceList> => listed(send('PATCH', list(meeting, `/units/${part(unit)}`), { venue }))
export const confirmUnit = (meeting: string, unit: string): Promise<AttendanceList> => listed(send('POST', list(meeting, `/units/${part(unit)}/confirm`)))
export const uninvite = (meeting: string, unit: string): Promise<AttendanceList> => listed(send('DELETE', list(meeting, `/units/${part(unit)}`)))
export const nameAttendees = (meeting: string, unit: string, people: NewAttendee[]): Promise<AttendanceList> => listed(send('POST', list(meeting, `/units/${part(unit)}/people`), { people }))
export const changeAttendee = (meeting: string, attendee: string, body: AttendeeChange): Promise<AttendanceList> => listed(send('PATCH', list(meeting, `/people/${part(attendee)}`), body))
export const removeAttendee = (meeting: string, attendee: string): Promise<AttendanceList> => listed(send('DELETE', list(meeting, `/people/${part(attendee)}`)))
export const signIn = (meeting: string, body: SignInRequest): Promise<SignedIn> => signed(send('POST', list(meeting, '/sign-in'), body))
export const undoSignIn = (meeting: string, attendee: string): Promise<SignedIn> => signed(send('POST', list(meeting, '/undo'), { attendee }))
/** The sheet to be signed by hand. */
export const attendancePaper = (meeting: string): string => `/api/meetings/${part(meeting)}/attendance.pdf`
export const exportAttendance = async (meeting: string, format: 'xlsx' | 'csv'): Promise<Blob> => (await send('POST', list(meeting, `/export?format=${format}`))).blob()

// the liaison
export const notices = async (): Promise<UnitNotice[]> => (await (await request('/api/notices')).json()) as UnitNotice[]
export const readNotice = (meeting: string, unit: string): Promise<void> => done(send('POST', notice(meeting, unit, '/read')))
export const confirmNotice = (meeting: string, unit: string): Promise<void> => done(send('POST', notice(meeting, unit, '/confirm')))
export const nameOwn = (meeting: string, unit: string, people: NewAttendee[]): Promise<void> => done(send('POST', notice(meeting, unit, '/people'), { people }))
export const changeOwn = (meeting: string, unit: string, attendee: string, body: AttendeeChange): Promise<void> => done(send('PATCH', notice(meeting, unit, `/people/${part(attendee)}`), body))
export const removeOwn = (meeting: string, unit: string, attendee: string): Promise<void> => done(send('DELETE', notice(meeting, unit, `/people/${part(attendee)}`)))

/** What the panel, the log-in and paired machines ask of the server: one function a route. */
import type {
  AccessTable,
  AccountChange,
  AccountEntry,
  AccountMade,
  AuditFilter,
  AuditPage,
  Cancellation,
  CheckLine,
  ConsoleKey,
  DeviceEntry,
  DeviceMade,
  ExportEntry,
  HandOverForm,
  HandOverMade,
  ImportCheck,
  LegChange,
  LegEntry,
  LoginEntry,
  LoginRequest,
  Me,
  MeetingChange,
  MeetingEntry,
  MeetingNotice,
  MeetingKind,
  MicrophoneChange,
  NewAccount,
  NewAccountRequest,
  NewDelegation,
  NewDevice,
  NewHandOver,
  NewLeg,
  NewMark,
  NewMeeting,
  NewPin,
  NewProfile,
  NewSeries,
  NewUnit,
  NewVenue,
  OwnCertificates,
  PairRequest,
  Paired,
  PasswordChange,
  PenState,
  PlayEntry,
  PlayRequest,
  ProfileChange,
  ProfileEntry,
  ProgrammeChoice,
  RecordingDetail,
  RecordingPage,
  RecoveryCodes,
  RecurrenceRule,
  Remark,
  ScheduleCheck,
  ScheduleChoices,
  SeatAttends,
  SeatPin,
  SecondFactorBegun,
  SecondFactorCode,
  SecondFactorState,
  SeriesCheck,
  SignOffEntry,
  SignOffPage,
  SignOffRequest,
  SpecialDayEntry,
  StageState,
  TokenEntry,
  UnitChange,
  UnitEntry,
  UnitList,
  VenueChange,
  VenueEntry,
  VenueNow,
  Verdict,
  Within,
} from '@/api/generated/wire'
import { request } from '@/api/problem'

type Method = 'POST' | 'PATCH' | 'DELETE'

const part = encodeURIComponent

export async function read(path: string): Promise<unknown> {
  return (await request(path)).json()
}

/** A change; what comes back is `null` if the server has nothing to say. */
export async function send(method: Method, path: string, body?: object, patience: { timeoutMs?: number } = {}): Promise<unknown> {
  const content = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await request(path, { method, ...content, ...patience })
  return answer.status === 204 ? null : answer.json()
}

const done = (answer: Promise<unknown>): Promise<void> => answer.then(() => undefined)

// who am I
export const me = async (): Promise<Me> => (await read('/api/me')) as Me
export const logIn = async (body: LoginRequest): Promise<Me> => (await send('POST', '/api/login', body)) as Me
export const logOut = (): Promise<void> => done(send('POST', '/api/logout'))
export const changePassword = (body: PasswordChange): Promise<void> => done(send('POST', '/api/me/password', body))

export const logins = async (): Promise<LoginEntry[]> => (await read('/api/me/logins')) as LoginEntry[]
export const endLogin = (id: string): Promise<void> => done(send('POST', `/api/me/logins/${part(id)}/end`))

// accounts
export const unlockAccount = async (id: string): Promise<AccountEntry> => (await send('POST', `/api/accounts/${part(id)}/unlock`)) as AccountEntry
export const accounts = async (): Promise<AccountEntry[]> => (await read('/api/accounts')) as AccountEntry[]
export const makeAccount = async (body: NewAccount): Promise<AccountMade> => (await send('POST', '/api/accounts', body)) as AccountMade
export const changeAccount = async (id: string, body: AccountChange): Promise<AccountEntry> => (await send('PATCH', `/api/accounts/${part(id)}`, body)) as AccountEntry
export const resetAccount = async (id: string): Promise<AccountMade> => (await send('POST', `/api/accounts/${part(id)}/reset`)) as AccountMade
export const handOvers = async (): Promise<HandOverForm[]> => (await read('/api/hand-overs')) as HandOverForm[]
export const handOver = async (id: string, body: NewHandOver): Promise<HandOverMade> => (await send('POST', `/api/accounts/${part(id)}/hand-over`, body)) as HandOverMade
export const endSessions = (id: string): Promise<void> => done(send('POST', `/api/accounts/${part(id)}/end-sessions`))

export const selfCheck = async (): Promise<CheckLine[]> => (await read('/api/self-check')) as CheckLine[]
export const access = async (): Promise<AccessTable> => (await read('/api/access')) as AccessTable

// units, and accounts that are asked for
export const units = async (): Promise<UnitList> => (await read('/api/units')) as UnitList
export const makeUnit = async (body: NewUnit): Promise<UnitEntry> => (await send('POST', '/api/units', body)) as UnitEntry
export const changeUnit = (id: string, body: UnitChange): Promise<void> => done(send('PATCH', `/api/units/${part(id)}`, body))
export const removeUnit = (id: string): Promise<void> => done(send('DELETE', `/api/units/${part(id)}`))
export type TableKind = 'units' | 'people' | 'days'
export type TableFormat = 'xlsx' | 'csv'
export const tableTemplate = async (kind: TableKind, format: TableFormat): Promise<Blob> => (await request(`/api/${kind}/template?format=${format}`)).blob()
export const exportTable = async (kind: TableKind, format: TableFormat): Promise<Blob> => (await request(`/api/${kind}/export?format=${format}`, { method: 'POST' })).blob()
const bring = async (path: string, file: Blob): Promise<ImportCheck> =>
  (await (await request(path, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file, timeoutMs: 30_000 })).json()) as ImportCheck
/** What would come of each line of a file. */
export const checkTable = (kind: TableKind, file: Blob): Promise<ImportCheck> => bring(`/api/${kind}/import/check`, file)
/** Does what was shown, all of it or nothing. */
export const applyTable = (kind: TableKind, file: Blob, mark: string): Promise<ImportCheck> => bring(`/api/${kind}/import?mark=${part(mark)}`, file)
export const askAccount = (unit: string, body: NewAccountRequest): Promise<void> => done(send('POST', `/api/units/${part(unit)}/account-requests`, body))
export const grantAccount = async (id: string): Promise<AccountMade> => (await send('POST', `/api/account-requests/${part(id)}/grant`)) as AccountMade
export const refuseAccount = (id: string, text: string): Promise<void> => done(send('POST', `/api/account-requests/${part(id)}/refuse`, { text } satisfies Verdict))

// venues and machines
export const venues = async (): Promise<VenueEntry[]> => (await read('/api/venues')) as VenueEntry[]
export const makeVenue = async (body: NewVenue): Promise<VenueEntry> => (await send('POST', '/api/venues', body)) as VenueEntry
export const changeVenue = async (id: string, body: VenueChange): Promise<VenueEntry> => (await send('PATCH', `/api/venues/${part(id)}`, body)) as VenueEntry
export const venueNow = async (id: string): Promise<VenueNow> => (await read(`/api/venues/${part(id)}/now`)) as VenueNow
export const devices = async (): Promise<DeviceEntry[]> => (await read('/api/devices')) as DeviceEntry[]
export const makeDevice = async (body: NewDevice): Promise<DeviceMade> => (await send('POST', '/api/devices', body)) as DeviceMade
export const tokens = async (): Promise<TokenEntry[]> => (await read('/api/tokens')) as TokenEntry[]
export const revokeToken = (id: string): Promise<void> => done(send('DELETE', `/api/tokens/${part(id)}`))
export const revokeDevice = (id: string): Promise<void> => done(send('DELETE', `/api/devices/${part(id)}`))
export const pair = async (body: PairRequest): Promise<Paired> => (await send('POST', '/api/pair', body)) as Paired

// meetings
const meeting = (id: string) => `/api/meetings/${part(id)}`
export const meetings = async (): Promise<MeetingEntry[]> => (await read('/api/meetings')) as MeetingEntry[]
/** Of which any part is planned within these times. */
export const meetingsBetween = async (fromMs: number, toMs: number): Promise<MeetingEntry[]> => (await read(`/api/meetings?from=${fromMs}&to=${toMs}`)) as MeetingEntry[]
export const makeMeeting = async (body: NewMeeting): Promise<MeetingEntry> => (await send('POST', '/api/meetings', body)) as MeetingEntry
export const changeMeeting = async (id: string, body: MeetingChange): Promise<MeetingEntry> => (await send('PATCH', meeting(id), body)) as MeetingEntry
/** `unsigned`: whoever opens it knows that it may lack a signature. */
export const openMeeting = async (id: string, unsigned = false): Promise<MeetingEntry> => (await send('POST', `${meeting(id)}/open${unsigned ? '?unsigned=true' : ''}`)) as MeetingEntry
export const closeMeeting = async (id: string): Promise<MeetingEntry> => (await send('POST', `${meeting(id)}/close`)) as MeetingEntry
export const cancelMeeting = async (id: string, body: Cancellation): Promise<MeetingEntry> => (await send('POST', `${meeting(id)}/cancel`, body)) as MeetingEntry
export const readNotice = async (id: string): Promise<MeetingNotice> => (await read(`${meeting(id)}/notice`)) as MeetingNotice
export const writeNotice = async (id: string, body: MeetingNotice): Promise<MeetingNotice> => (await send('POST', `${meeting(id)}/notice`, body)) as MeetingNotice
export const stage = async (id: string): Promise<StageState> => (await read(`${meeting(id)}/stage`)) as StageState
export const setProgramme = async (id: string, body: ProgrammeChoice): Promise<StageState> => (await send('POST', `${meeting(id)}/programme`, body)) as StageState
export const setMicrophone = async (id: string, body: MicrophoneChange): Promise<StageState> => (await send('POST', `${meeting(id)}/microphones`, body)) as StageState
export const closeAllMicrophones = async (id: string): Promise<StageState> => (await send('POST', `${meeting(id)}/microphones/close-all`)) as StageState
export const removeParticipant = (id: string, participant: string): Promise<void> => done(send('POST', `${meeting(id)}/participants/${part(participant)}/remove`))

// the schedule
export const scheduleChoices = async (): Promise<ScheduleChoices> => (await read('/api/schedule/choices')) as ScheduleChoices

// profiles
export const profiles = async (): Promise<ProfileEntry[]> => (await read('/api/profiles')) as ProfileEntry[]
export const makeProfile = async (body: NewProfile): Promise<ProfileEntry> => (await send('POST', '/api/profiles', body)) as ProfileEntry
export const changeProfile = async (id: string, body: ProfileChange): Promise<ProfileEntry> => (await send('PATCH', `/api/profiles/${part(id)}`, body)) as ProfileEntry
export const removeProfile = (id: string): Promise<void> => done(send('DELETE', `/api/profiles/${part(id)}`))
/** A meeting as it is typed. */
export interface Draft {
  /** Of the meeting that is changed; empty for a new one. */
  id: string
  startsAtMs: number
  endsAtMs: number
  kind: MeetingKind
  venues: string[]
  line: string
  operator: string
  leaders: string[]
}
const asQuery = (values: object): string => new URLSearchParams(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))).toString()
export const scheduleCheck = async (draft: Draft): Promise<ScheduleCheck> => (await read(`/api/schedule/check?${asQuery(draft)}`)) as ScheduleCheck
/** What would become of each turn of a meeting that comes again. */
export const seriesCheck = async (draft: Draft, rule: RecurrenceRule): Promise<SeriesCheck> => (await read(`/api/schedule/series?${asQuery({ ...draft, ...rule })}`)) as SeriesCheck
export const planSeries = async (body: NewSeries): Promise<MeetingEntry[]> => (await send('POST', '/api/schedule/series', body)) as MeetingEntry[]
export const days = async (): Promise<SpecialDayEntry[]> => (await read('/api/days')) as SpecialDayEntry[]

// recordings
export interface RecordingFilter {
  q: string
  within: Within | null
  fromMs: number | null
  toMs: number | null
}
export async function recordings({ q, within, fromMs, toMs }: RecordingFilter, after: string | null): Promise<RecordingPage> {
  const wanted = { q, within, from: fromMs, to: toMs, after }
  const query = new URLSearchParams(Object.entries(wanted).flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, String(value)]])))
  return (await read(`/api/recordings?${query.toString()}`)) as RecordingPage
}
export const startRecording = (id: string): Promise<void> => done(send('POST', `${meeting(id)}/recording/start`))
export const markRecording = (id: string, text: string): Promise<void> => done(send('POST', `${meeting(id)}/recording/marks`, { text } satisfies Remark))
export const stopRecording = (id: string): Promise<void> => done(send('POST', `${meeting(id)}/recording/stop`))
export const readRecording = async (id: string): Promise<RecordingDetail> => (await read(`/api/recordings/${part(id)}`)) as RecordingDetail
export const remakeRecording = (id: string): Promise<void> => done(send('POST', `/api/recordings/${part(id)}/finalise`))
export const writeNote = (id: string, text: string): Promise<void> => done(send('POST', `/api/recordings/${part(id)}/note`, { text } satisfies Remark))
export const lockRecording = (id: string, word: 'lock' | 'unlock', text: string): Promise<void> => done(send('POST', `/api/recordings/${part(id)}/${word}`, { text } satisfies Remark))
export const addMark = (id: string, body: NewMark): Promise<void> => done(send('POST', `/api/recordings/${part(id)}/marks`, body))
export const removeMark = (id: string, mark: string): Promise<void> => done(send('DELETE', `/api/recordings/${part(id)}/marks/${part(mark)}`))
export const startPlay = async (recording: string, purpose: string): Promise<PlayEntry> => (await send('POST', `/api/recordings/${part(recording)}/plays`, { purpose } satisfies PlayRequest)) as PlayEntry
export const playFile = (play: string, file: string): string => `/api/plays/${part(play)}/${file.split('/').map(part).join('/')}`
export const startExport = async (signOff: string): Promise<ExportEntry> => (await send('POST', `/api/sign-offs/${part(signOff)}/exports`)) as ExportEntry
export const exportFile = ({ id, file }: ExportEntry): string => `/api/exports/${part(id)}/${part(file)}`

// sign-offs
export type VerdictWord = 'grant' | 'refuse' | 'recall'
export const signOffs = async (after: string | null): Promise<SignOffPage> => (await read(`/api/sign-offs${after === null ? '' : `?after=${part(after)}`}`)) as SignOffPage
export const pen = async (): Promise<PenState> => (await read('/api/delegations')) as PenState
export const delegate = (body: NewDelegation): Promise<void> => done(send('POST', '/api/delegations', body))
export const endDelegation = (id: string): Promise<void> => done(send('POST', `/api/delegations/${part(id)}/end`))
export const attendAtSeat = async (body: SeatPin): Promise<SeatAttends> => (await send('POST', '/api/seat/attend', body)) as SeatAttends
export const leaveSeat = (): Promise<void> => done(send('POST', '/api/seat/leave'))
export const lockConsole = (): Promise<void> => done(send('POST', '/api/me/lock'))
export const unlockConsole = (body: ConsoleKey): Promise<void> => done(send('POST', '/api/me/unlock', body))
export const setPin = (body: NewPin): Promise<void> => done(send('POST', '/api/me/pin', body))
export const removePin = (): Promise<void> => done(send('DELETE', '/api/me/pin'))
export const secondFactor = async (): Promise<SecondFactorState> => (await read('/api/me/second-factor')) as SecondFactorState
export const beginSecondFactor = async (): Promise<SecondFactorBegun> => (await send('POST', '/api/me/second-factor')) as SecondFactorBegun
export const confirmSecondFactor = async (body: SecondFactorCode): Promise<RecoveryCodes> => (await send('POST', '/api/me/second-factor/confirm', body)) as RecoveryCodes
export const ownCertificates = async (): Promise<OwnCertificates> => (await read('/api/me/certificates')) as OwnCertificates
export const revokeCertificate = async ({ account, id }: { account: string; id: string }): Promise<AccountEntry> => (await send('POST', `/api/accounts/${part(account)}/certificates/${part(id)}/revoke`)) as AccountEntry
export const unitNames = async (): Promise<string[]> => (await read('/api/units/names')) as string[]
export const closeUnit = (id: string): Promise<void> => done(send('POST', `/api/units/${part(id)}/close`))
export const reopenUnit = (id: string): Promise<void> => done(send('POST', `/api/units/${part(id)}/reopen`))
export const resetSecondFactor = async (id: string): Promise<AccountEntry> => (await send('POST', `/api/accounts/${part(id)}/reset-second-factor`)) as AccountEntry
export const askSignOff = async (recording: string, body: SignOffRequest): Promise<SignOffEntry> =>
  (await send('POST', `/api/recordings/${part(recording)}/sign-offs`, body)) as SignOffEntry
export const decideSignOff = async (id: string, word: VerdictWord, body: Verdict): Promise<SignOffEntry> => (await send('POST', `/api/sign-offs/${part(id)}/${word}`, body)) as SignOffEntry

// links
export const legs = async (): Promise<LegEntry[]> => (await read('/api/legs')) as LegEntry[]
export const makeLeg = async (body: NewLeg): Promise<LegEntry> => (await send('POST', '/api/legs', body)) as LegEntry
export const changeLeg = async (id: string, body: LegChange): Promise<LegEntry> => (await send('PATCH', `/api/legs/${part(id)}`, body)) as LegEntry
export const removeLeg = (id: string): Promise<void> => done(send('DELETE', `/api/legs/${part(id)}`))
export const startLeg = async (id: string): Promise<LegEntry> => (await send('POST', `/api/legs/${part(id)}/start`)) as LegEntry
export const stopLeg = async (id: string): Promise<LegEntry> => (await send('POST', `/api/legs/${part(id)}/stop`)) as LegEntry

// the book
export async function audit(filter: AuditFilter, before: number | null): Promise<AuditPage> {
  const query = new URLSearchParams()
  if (before !== null) query.set('before', String(before))
  for (const [name, value] of Object.entries(filter)) if (value !== null && value !== '') query.set(name, String(value))
  return (await read(`/api/audit?${query.toString()}`)) as AuditPage
}
/** The entries as a signed table, to be saved as a file. */
export async function exportAudit(filter: AuditFilter): Promise<Blob> {
  return (await request('/api/audit/exports', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(filter) })).blob()
}

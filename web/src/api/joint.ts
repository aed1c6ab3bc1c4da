/** What joint tests and their checklist ask of the server: one function a route. */
import type { Checklist, ItemCheck, JointTestEntry, MeetingEntry, NewJointTest, ReadinessEntry } from '@/api/generated/wire'
import { read, send } from '@/api/panel'

const test = (id: string): string => `/api/joint-tests/${encodeURIComponent(id)}`

/** Whether meetings are ready of which any part is planned within these times. */
export const readinessBetween = async (fromMs: number, toMs: number): Promise<ReadinessEntry[]> => (await read(`/api/joint-tests?from=${fromMs}&to=${toMs}`)) as ReadinessEntry[]
export const jointTest = async (id: string): Promise<JointTestEntry> => (await read(test(id))) as JointTestEntry
/** Its record, to be printed. */
export const jointTestRecord = (id: string): string => `${test(id)}/record.pdf`
export const planJointTest = async (meeting: string, body: NewJointTest): Promise<MeetingEntry> => (await send('POST', `/api/meetings/${encodeURIComponent(meeting)}/joint-test`, body)) as MeetingEntry
export const checkItem = async (id: string, body: ItemCheck): Promise<JointTestEntry> => (await send('POST', `${test(id)}/items`, body)) as JointTestEntry
export const explainJointTest = async (id: string, text: string): Promise<JointTestEntry> => (await send('POST', `${test(id)}/explain`, { text })) as JointTestEntry

/** What is done to a test without saying more. */
export type Act = 'begin' | 'measure' | 'trial' | 'end' | 'accept'
/** Measuring takes three seconds and recording ten, and what they start some more. */
const PATIENCE_MS = 60_000
export const actOn = async (id: string, act: Act): Promise<JointTestEntry> => (await send('POST', `${test(id)}/${act}`, undefined, { timeoutMs: PATIENCE_MS })) as JointTestEntry

export const checklist = async (): Promise<Checklist> => (await read('/api/checklist')) as Checklist
export const saveChecklist = async (body: Checklist): Promise<Checklist> => (await send('POST', '/api/checklist', body)) as Checklist

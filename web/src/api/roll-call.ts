/** Roll calls: one function a route. */
import type { RollCallAnswer, RollCalls, VenueCall } from '@/api/generated/wire'
import { request } from '@/api/problem'

const path = (meeting: string, rest = '') => `/api/meetings/${encodeURIComponent(meeting)}/roll-calls${rest}`

async function step(meeting: string, rest: string, body?: object): Promise<RollCalls> {
  const content = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return (await (await request(path(meeting, rest), { method: 'POST', ...content })).json()) as RollCalls
}

export const rollCalls = async (meeting: string): Promise<RollCalls> => (await (await request(path(meeting))).json()) as RollCalls
export const beginRollCall = (meeting: string): Promise<RollCalls> => step(meeting, '')
export const callVenue = (meeting: string, body: VenueCall): Promise<RollCalls> => step(meeting, '/call', body)
export const answerRollCall = (meeting: string, body: RollCallAnswer): Promise<RollCalls> => step(meeting, '/answer', body)
export const endRollCall = (meeting: string): Promise<RollCalls> => step(meeting, '/end')
export const exportRollCall = async (meeting: string, format: 'xlsx' | 'csv'): Promise<Blob> => (await request(path(meeting, `/export?format=${format}`), { method: 'POST' })).blob()

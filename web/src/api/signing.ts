/** Signatures under arrangements: one function a route. */
import type { ArrangementEntry, Verdict } from '@/api/generated/wire'
import { request } from '@/api/problem'

async function send(path: string, body: object): Promise<ArrangementEntry> {
  const answer = await request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return (await answer.json()) as ArrangementEntry
}

export const askArrangement = (meeting: string, text: string): Promise<ArrangementEntry> => send(`/api/meetings/${encodeURIComponent(meeting)}/sign-offs`, { text })
export const decideArrangement = (id: string, word: 'grant' | 'refuse', body: Verdict): Promise<ArrangementEntry> => send(`/api/arrangements/${encodeURIComponent(id)}/${word}`, body)

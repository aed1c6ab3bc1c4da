/** Materials of meetings: one function a route. */
import type { MaterialEntry } from '@/api/generated/wire'
import { read, send } from '@/api/panel'
import { request } from '@/api/problem'

const of = (meeting: string): string => `/api/meetings/${encodeURIComponent(meeting)}/materials`
const one = (meeting: string, id: string): string => `${of(meeting)}/${encodeURIComponent(id)}`

/** A large file over a slow line, and the server's look at it. */
const PATIENCE_MS = 180_000

export const materials = async (meeting: string): Promise<MaterialEntry[]> => (await read(of(meeting))) as MaterialEntry[]
export const addMaterial = async (meeting: string, file: File): Promise<MaterialEntry> =>
  (await (await request(`${of(meeting)}?name=${encodeURIComponent(file.name)}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file, timeoutMs: PATIENCE_MS })).json()) as MaterialEntry
export const removeMaterial = async (meeting: string, id: string): Promise<void> => {
  await send('DELETE', one(meeting, id))
}
/** A copy with a watermark of who takes it. */
export const copyMaterial = async (meeting: string, id: string): Promise<Blob> => (await request(`${one(meeting, id)}/copy`, { method: 'POST', timeoutMs: PATIENCE_MS })).blob()

import type { Status } from '@/api/generated/wire'
import { request } from '@/api/problem'

export async function readStatus(): Promise<Status> {
  return (await (await request('/api/status')).json()) as Status
}

/** The last 30 seconds of a meeting's network, to be saved as a file. */
export async function saveNetworkRecord(meeting: string): Promise<Blob> {
  return (await request(`/api/meetings/${encodeURIComponent(meeting)}/network-record`, { method: 'POST' })).blob()
}

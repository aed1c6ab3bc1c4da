import { recall, remember } from '@/lib/memory'

/** What a room's machine remembers: which devices are the room's, and how it likes to look. */
export interface RoomPreferences {
  camera: string | null
  microphone: string | null
  speaker: string
  ownPicture: boolean
}

const KEY = 'yunling.room'

export function readPreferences(): RoomPreferences {
  const empty: RoomPreferences = { camera: null, microphone: null, speaker: '', ownPicture: true }
  try {
    return { ...empty, ...(JSON.parse(recall(KEY) ?? '{}') as Partial<RoomPreferences>) }
  } catch {
    return empty
  }
}

export const writePreferences = (preferences: RoomPreferences): void => remember(KEY, JSON.stringify(preferences))

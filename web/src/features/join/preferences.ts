import { recall, remember } from '@/lib/memory'

/** What a desk remembers from its last meeting. */
export interface Preferences {
  name: string
  camera: string | null
  microphone: string | null
  speaker: string
}

const KEY = 'yunling.join'

export function readPreferences(): Preferences {
  const empty: Preferences = { name: '', camera: null, microphone: null, speaker: '' }
  try {
    return { ...empty, ...(JSON.parse(recall(KEY) ?? '{}') as Partial<Preferences>) }
  } catch {
    return empty
  }
}

export const writePreferences = (preferences: Preferences): void => remember(KEY, JSON.stringify(preferences))

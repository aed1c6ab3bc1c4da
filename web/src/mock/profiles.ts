/** Profiles of the mock API. */
import type { MeetingOpening, NewProfile, ProfileChange, ProfileEntry } from '@/api/generated/wire'

/** How a meeting of the county's own opens where nothing was said. */
export const BY_HAND: MeetingOpening = { byItself: false, beforeMinutes: 0, recorded: true, microphones: 'closed', banner: '' }

let profiles: ProfileEntry[] = [
  { id: 'sheng', name: '省防汛视频会', kind: 'upper', codec: 'h264', line: 'province', venues: ['hall', 'jijiu', 'tongquan'], units: ['yjj'], minutes: 120, opening: { byItself: true, beforeMinutes: 10, recorded: true, microphones: 'closed', banner: '全省防汛抗旱工作视频会议' } },
  { id: 'diaodu', name: '重点项目月调度', kind: 'own', codec: 'h264', line: null, venues: ['hall', 'tongquan'], units: [], minutes: 90, opening: { ...BY_HAND, byItself: true, microphones: 'own' } },
]
let count = 0

type Answer = (body: unknown, parts: string[]) => unknown

export const PROFILE_ROUTES: [string, RegExp, Answer][] = [
  ['GET', /^\/api\/profiles$/, () => profiles],
  ['POST', /^\/api\/profiles$/, (body) => {
    const { line = '', opening = BY_HAND, units = [], ...rest } = body as NewProfile
    const made: ProfileEntry = { ...rest, units, line: line === '' ? null : line, opening, id: `p${(count += 1)}` }
    profiles = [...profiles, made]
    return made
  }],
  ['PATCH', /^\/api\/profiles\/([^/]+)$/, (body, [id]) => {
    const { line, ...rest } = body as ProfileChange
    profiles = profiles.map((profile) => (profile.id === id ? { ...profile, ...rest, ...(line !== undefined && { line: line === '' ? null : line }) } : profile))
    return profiles.find((profile) => profile.id === id)
  }],
  ['DELETE', /^\/api\/profiles\/([^/]+)$/, (_, [id]) => void (profiles = profiles.filter((profile) => profile.id !== id))],
]

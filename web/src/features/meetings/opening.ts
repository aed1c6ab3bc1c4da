import type { Codec, MeetingEntry, MeetingKind, MeetingOpening, ProfileEntry, ScheduleChoices } from '@/api/generated/wire'
import type { zhProfiles } from '@/text/zh-profiles'

/** Minutes before its start at which a meeting may open by itself. */
export const BEFORE_MINUTES = [0, 5, 10, 15, 30, 60]

/** What holds for a meeting of this kind if nothing else is said, as the server has it. */
export const openingOf = (kind: MeetingKind): MeetingOpening => ({ byItself: false, beforeMinutes: kind === 'upper' ? 10 : 0, recorded: kind === 'own', microphones: 'closed', banner: '' })

/** The same for a meeting that becomes one of another kind: what its kind decides is as that has it. Pure. */
export const turnedTo = ({ byItself, banner }: MeetingOpening, kind: MeetingKind): MeetingOpening => ({ ...openingOf(kind), byItself, banner })

/** What a form has of it, whatever else it holds. */
export const readOpening = ({ byItself, beforeMinutes, recorded, microphones, banner }: MeetingOpening): MeetingOpening => ({ byItself, beforeMinutes, recorded, microphones, banner: banner.trim() })

/** What a profile fills in of a meeting's form; a line, a venue or a unit that is no longer there is left out. Pure. */
export function filled(profile: ProfileEntry, { lines, units }: Pick<ScheduleChoices, 'lines' | 'units'>, venues: readonly { id: string }[]): { kind: MeetingKind; codec: Codec; line: string; venues: string[]; units: string[]; hours: number } & MeetingOpening {
  const there = (list: readonly { id: string }[], id: string) => list.some((entry) => entry.id === id)
  return {
    kind: profile.kind,
    codec: profile.codec,
    line: profile.line !== null && there(lines, profile.line) ? profile.line : '',
    venues: profile.venues.filter((id) => there(venues, id)),
    units: profile.units.filter((id) => units.some(({ unit }) => unit === id)),
    hours: profile.minutes / 60,
    ...profile.opening,
  }
}

/** How a meeting opens, on one line: `到时间自动开会（提前 10 分钟） · 开会即自动录制 · …`. Pure. */
export function sayOpening({ byItself, beforeMinutes, recorded, microphones, banner }: MeetingEntry['opening'], words: (typeof zhProfiles)['opening']): string {
  const by = byItself ? words.itself(words.beforeMinutes(beforeMinutes)) : words.by.hand
  return [by, recorded ? words.records.yes : words.records.no, words.policy[microphones], ...(banner === '' ? [] : [words.saidBanner(banner)])].join(' · ')
}

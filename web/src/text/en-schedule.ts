import type { zhSchedule } from '@/text/zh-schedule'

export const enSchedule: typeof zhSchedule = {
  schedule: {
    groups: { meeting: 'Meeting', places: 'Venues and leg', people: 'On duty, and leaders', notice: 'Notice' },
    line: 'Programme from the leg',
    lineHint: 'It comes in when the meeting starts; in a meeting of the upper level it is on air at once',
    noLine: 'No leg',
    operator: 'On duty',
    noOperator: 'Nobody yet',
    leaders: 'Leaders who attend',
    leadersHint: 'Any number of them',
    checking: 'Checking the time…',
    fits: 'Venues, leg and people are free',
    thing: {
      venue: (name) => `The venue “${name}”`,
      line: (name) => `The leg “${name}”`,
      operator: (name) => `${name} (on duty)`,
      leader: (name) => `${name} (leader)`,
    },
    meeting: (title, time) => `“${title}” (${time})`,
    refused: (thing, meeting) => `${thing} is taken at that time by ${meeting}`,
    refusedHint: 'No venue and no leg can be in two meetings at once. Choose another time, venue or leg.',
    free: (time) => `Next free time: ${time}`,
    takeFree: 'Take that time',
    first: 'The upper level comes first: these meetings of our own are in the way and can be moved',
    move: (title, from, to) => `“${title}” from ${from} to ${to}`,
    takeMoves: (count) => (count === 1 ? 'Move it' : `Move all ${count}`),
    movesTaken: 'Agreed: moved when this meeting is saved',
    undo: 'Undo',
    warned: (thing, meeting) => `${thing} also has ${meeting} at that time`,
    known: 'I know; plan it so all the same',
  },
}

import type { zhProfiles } from '@/text/zh-profiles'

export const enProfiles: typeof zhProfiles = {
  profiles: {
    title: 'Meeting profiles',
    hint: 'Set up once what your usual meetings have in common: kind, leg, venues, recording, banner, whether they open by themselves. Choose it for a new meeting, and the rest is filled in.',
    make: 'New profile',
    none: 'No profiles yet. Make one for a meeting you often hold, and the next is planned in two or three steps.',
    back: 'Back to meetings',
    columns: { name: 'Profile', kind: 'Kind', venues: 'Venues and leg', opening: 'Opening', actions: 'Actions' },
    name: 'Name of the profile',
    nameHint: 'For example: province, flood control',
    venues: 'Venues that take part',
    length: 'Usual length',
    byLine: (name) => `Leg: ${name}`,
    lineGone: 'the leg was removed; choose another',
    use: 'Plan a meeting with it',
    changeTitle: (name) => `Change the profile “${name}”`,
    changeHint: 'Counts for meetings that are planned from now on; those already planned stay as they are.',
    remove: 'Remove profile',
    removeTitle: (name) => `Remove the profile “${name}”?`,
    removeEffect: 'It is no longer offered for new meetings. Meetings that were planned with it stay as they are.',
    choose: 'Profile',
    chooseNone: 'No profile',
    chooseHint: 'Fills in kind, leg, venues, recording and banner; all of it can still be changed',
  },
  opening: {
    title: 'Opening',
    change: 'Change how it opens',
    fold: 'Fold',
    by: { hand: 'opened by the operator', itself: 'opens by itself at its time' },
    before: 'When it opens',
    beforeMinutes: (minutes) => (minutes === 0 ? 'at its start' : `${minutes} min before`),
    itself: (when) => `opens by itself (${when})`,
    itselfHint: 'The server opens it at its time: the venues’ machines come in, its leg too. It never ends by itself: the operator ends it.',
    recorded: 'Recording',
    records: { yes: 'recorded from its opening on', no: 'not recorded by itself' },
    microphones: 'Microphones at its opening',
    policy: { closed: 'all microphones closed', own: 'the main venue’s microphone open if it is opened by hand, all others closed' },
    upperHint: 'In a meeting of the upper level every microphone here begins closed',
    banner: 'Banner',
    bannerHint: 'For example: Malong flood control conference',
    bannerExtra: 'On the big screens while the meeting waits and while there is no picture; left empty, its title stands there',
    fixed: 'The meeting has begun: only the banner can be changed. Recording and microphones are on the duty desk.',
    openEffectOwn: (venues) => `The machines of ${venues} go into the meeting at once and send pictures; the main venue’s microphone is open at once, all others stay closed until you open them.`,
    openRecords: { yes: ' Its recording begins.', no: ' It is not recorded by itself.' },
    saidBanner: (banner) => `banner “${banner}”`,
  },
  unopened: (title, why) => `“${title}” could not open by itself at its time: ${why}`,
  hindrance: (why) => {
    switch (why.kind) {
      case 'venueTaken':
        return `the venue “${why.venue}” is in “${why.other}”. End that meeting or take the venue out of this one; it opens then`
      case 'lineTaken':
        return `the leg “${why.line}” feeds “${why.other}”. End that meeting or choose another leg for this one; it opens then`
      case 'lineGone':
        return 'its leg was removed. Choose another leg for it, or none; it opens then. You can also start it by hand'
      case 'unsigned':
        return 'its arrangement is not signed. Have it signed; it opens then. If it is urgent, start it by hand and have it signed afterwards'
      case 'failed':
        return 'the server could not open it and tries again every 30 seconds. Start it by hand, and have a technician look into the log'
    }
  },
}

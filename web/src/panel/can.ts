/** Which action fits which state: one table. What is off says why; its reason is a key of the words. Pure. */
import type { DeviceEntry, LegEntry, MeetingEntry } from '@/api/generated/wire'
import type { Participant } from '@/panel/people'
import type { Powers } from '@/panel/places'

export type Reason =
  | 'needsOperator'
  | 'alreadyOnAir'
  | 'notOnAir'
  | 'closed'
  | 'onProgramme'
  | 'nothingOnProgramme'
  | 'noSignal'
  | 'allClosed'
  | 'fromSettings'
  | 'running'
  | 'stopped'
  | 'alreadyRevoked'

/** `null`: it can be done. */
export type Can = Reason | null

const steering = (powers: Powers, otherwise: Can): Can => (powers.steer ? otherwise : 'needsOperator')

export const can = {
  plan: (powers: Powers): Can => steering(powers, null),
  change: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'closed' ? 'closed' : null),
  open: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'on_air' ? 'alreadyOnAir' : state === 'closed' ? 'closed' : null),
  close: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'on_air' ? null : state === 'closed' ? 'closed' : 'notOnAir'),
  enter: ({ state }: MeetingEntry): Can => (state === 'on_air' ? null : state === 'closed' ? 'closed' : 'notOnAir'),
  /** A picture that is away would put the slate on every screen: that has a button of its own. */
  putOnAir: (powers: Powers, person: Participant): Can =>
    steering(powers, person.onAir ? 'onProgramme' : person.picture.kind !== 'live' && person.kind !== 'leg' ? 'noSignal' : null),
  slate: (powers: Powers, onAir: string | null): Can => steering(powers, onAir === null ? 'nothingOnProgramme' : null),
  closeAll: (powers: Powers, open: number): Can => steering(powers, open === 0 ? 'allClosed' : null),
  microphone: (powers: Powers): Can => steering(powers, null),
  record: (powers: Powers): Can => steering(powers, null),
  remove: (powers: Powers, person: Participant): Can => steering(powers, person.kind === 'leg' ? 'running' : null),
  changeLeg: ({ fromSettings }: LegEntry): Can => (fromSettings ? 'fromSettings' : null),
  startLeg: ({ enabled, fromSettings }: LegEntry): Can => (fromSettings ? 'fromSettings' : enabled ? 'running' : null),
  stopLeg: ({ enabled, fromSettings }: LegEntry): Can => (fromSettings ? 'fromSettings' : enabled ? null : 'stopped'),
  revoke: ({ state }: DeviceEntry): Can => (state === 'revoked' ? 'alreadyRevoked' : null),
}

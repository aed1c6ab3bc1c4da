/** Which action fits which state: one table. What is off says why; its reason is a key of the words. Pure. */
import type { DeviceEntry, LegEntry, MeetingEntry, TokenEntry } from '@/api/generated/wire'
import type { Participant } from '@/panel/people'
import type { Powers } from '@/panel/places'

export type Reason =
  | 'needsOperator'
  | 'alreadyOnAir'
  | 'notOnAir'
  | 'closed'
  | 'cancelled'
  | 'cancelPlanned'
  | 'clash'
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

/** Whether it takes place or will. */
export const isToBe = ({ state }: MeetingEntry): boolean => state === 'planned' || state === 'on_air'

/** Why nothing can be done any more with a meeting that is not to be. */
const past = (state: 'closed' | 'cancelled'): Can => state

export const can = {
  plan: (powers: Powers): Can => steering(powers, null),
  change: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'planned' || state === 'on_air' ? null : past(state)),
  open: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'on_air' ? 'alreadyOnAir' : state === 'planned' ? null : past(state)),
  close: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'on_air' ? null : state === 'planned' ? 'notOnAir' : past(state)),
  cancel: (powers: Powers, { state }: MeetingEntry): Can => steering(powers, state === 'planned' ? null : state === 'on_air' ? 'cancelPlanned' : past(state)),
  enter: ({ state }: MeetingEntry): Can => (state === 'on_air' ? null : state === 'planned' ? 'notOnAir' : past(state)),
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
  revokeToken: ({ revokedAtMs }: TokenEntry): Can => (revokedAtMs === null ? null : 'alreadyRevoked'),
}

import type { ViewerState } from '@/media/viewer'
import type { Picture } from '@/media/roster'
import type { Text } from '@/text/zh'

/** What stands in place of the picture; `null` while the picture is there. */
export interface Reason {
  line: string
  help: string | null
}

/** One calm sentence for each reason why there is no picture. */
export function reason(text: Text['screen'], state: ViewerState, picture: Picture, codecName: (codec: string) => string): Reason | null {
  const say = (line: string, help: string | null = null): Reason => ({ line, help })
  if (state.phase.kind === 'ended') return say(text.closed)
  if (state.phase.kind !== 'live' && state.phase.kind !== 'repairing') {
    const { problem } = state
    if (problem?.kind === 'refused' && (problem.status === 401 || problem.status === 403)) return say(text.unauthorised, text.unauthorisedHelp)
    if (problem?.kind === 'refused' && problem.status === 404) return say(text.missing)
    return say(text.connecting)
  }
  switch (picture.kind) {
    case 'undecodable':
      return say(text.undecodable(codecName(picture.codec)), text.undecodableHelp)
    case 'slate':
      // The relay's own slate speaks of a lost signal: that is so only while somebody is on air, who may be gone from the roster.
      return say(state.onAir === null ? text.pause : text.sourceAway)
    case 'live':
      return state.pictured ? null : say(text.connecting)
    case 'no-bandwidth':
      return say(text.noBandwidth, text.noBandwidthHelp)
    case 'nothing':
      return state.meeting === null ? say(text.connecting) : say(text.waiting)
  }
}

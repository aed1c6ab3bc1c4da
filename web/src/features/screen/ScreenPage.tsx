import { useEffect, useState } from 'react'
import type { MeetingBrief } from '@/api/generated/wire'
import { meetingBrief } from '@/api/meetings'
import type { PageAddress } from '@/lib/paths'
import { Viewer } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { BigScreen } from '@/ui/big-screen/BigScreen'
import { Slate } from '@/ui/big-screen/Slate'
import { useStore } from '@/ui/use-store'

/** The big screen: the programme and nothing else. */
export function ScreenPage({ address }: { address: PageAddress | null }) {
  const text = useText()
  if (address === null) return <Slate title={text.productLong} line={text.screen.noMeeting} help={null} skewMs={0} />
  return <Screen address={address} />
}

function Screen({ address }: { address: PageAddress }) {
  const [viewer] = useState(
    () => new Viewer({ meeting: address.meeting, token: () => Promise.resolve(address.token), video: 1, audio: 3, insist: true }),
  )
  const { problem } = useStore(viewer.state)
  const before = useMeetingToCome(address, problem?.kind === 'refused' && problem.code === 'meeting.not_on_air')
  return <BigScreen viewer={viewer} before={before} />
}

const ASK_MS = 10_000

/** The meeting of this address while it can't be joined because it is still to begin. */
function useMeetingToCome({ meeting, token }: PageAddress, away: boolean): MeetingBrief | null {
  const [found, setFound] = useState<MeetingBrief | null>(null)
  useEffect(() => {
    if (!away) return
    const ask = () => {
      meetingBrief(meeting, token).then(setFound, () => setFound(null))
    }
    ask()
    const timer = setInterval(ask, ASK_MS)
    return () => clearInterval(timer)
  }, [meeting, token, away])
  return away && found?.onAir === false ? found : null
}

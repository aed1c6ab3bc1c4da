import { useEffect, useState } from 'react'
import type { MeetingShown } from '@/api/generated/wire'
import { meetingShown } from '@/api/meetings'
import type { PageAddress } from '@/lib/paths'
import { Viewer } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { BigScreen } from '@/ui/big-screen/BigScreen'
import { Figures } from '@/ui/big-screen/Figures'
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
  const shown = useMeetingShown(address)
  const away = problem?.kind === 'refused' && problem.code === 'meeting.not_on_air'
  const before = away && shown?.onAir === false ? shown : null
  return (
    <BigScreen viewer={viewer} before={before}>
      {before === null && shown !== null && <Figures counted={shown.counted} over />}
    </BigScreen>
  )
}

const ASK_MS = 5000

/** The meeting of this address, while it is to begin or on air, with what is counted in it. */
function useMeetingShown({ meeting, token }: PageAddress): MeetingShown | null {
  const [shown, setShown] = useState<MeetingShown | null>(null)
  useEffect(() => {
    const ask = () => {
      meetingShown(meeting, token).then(setShown, () => setShown(null))
    }
    ask()
    const timer = setInterval(ask, ASK_MS)
    return () => clearInterval(timer)
  }, [meeting, token])
  return shown
}

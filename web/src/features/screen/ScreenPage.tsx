import { useState } from 'react'
import type { PageAddress } from '@/lib/paths'
import { Viewer } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { BigScreen } from '@/ui/big-screen/BigScreen'
import { Slate } from '@/ui/big-screen/Slate'

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
  return <BigScreen viewer={viewer} />
}

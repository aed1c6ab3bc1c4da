import { useEffect, useState } from 'react'
import { meetingBrief } from '@/api/meetings'
import { credentials } from '@/features/join/credentials'
import { DeviceCheck } from '@/features/join/DeviceCheck'
import '@/features/join/join.css'
import { Meeting } from '@/features/join/Meeting'
import { Notice } from '@/features/join/Notice'
import { readPreferences, writePreferences, type Preferences } from '@/features/join/preferences'
import { useDevice, type DeviceHandle } from '@/features/join/use-device'
import type { PageAddress } from '@/lib/paths'
import type { TokenSource } from '@/media/session'
import { useText } from '@/text/use-text'

/** Where a person is on the way through a meeting. `run` tells one stay from the next. */
type Place = { kind: 'checking' } | { kind: 'inside'; run: number; sends: boolean; token: TokenSource } | { kind: 'left'; ended: boolean }

export interface Desk {
  camera: DeviceHandle
  microphone: DeviceHandle
}

/** The leader's page: check the devices, then one button. */
export function JoinPage({ address }: { address: PageAddress | null }) {
  const text = useText()
  return address === null ? <Notice title={text.join.noMeeting} /> : <Join address={address} />
}

function Join({ address }: { address: PageAddress }) {
  const text = useText()
  const [place, setPlace] = useState<Place>({ kind: 'checking' })
  const [preferences, setPreferences] = useState(readPreferences)
  const [title, setTitle] = useState<string | null>(null)
  useEffect(() => {
    let over = false
    meetingBrief(address.meeting, address.token).then(
      (brief) => over || setTitle(brief.title),
      () => undefined,
    )
    return () => {
      over = true
    }
  }, [address])
  useEffect(() => {
    document.title = `${title ?? text.join.title} · ${text.product}`
  }, [title, text])

  if (place.kind === 'left') return <Notice title={place.ended ? text.join.ended : text.join.left} action={{ label: text.join.again, run: () => setPlace({ kind: 'checking' }) }} />
  const change = (next: Preferences) => {
    setPreferences(next)
    writePreferences(next)
  }
  const enter = (sends: boolean) => {
    const token = credentials(address.meeting, address.token, preferences.name.trim() === '' ? text.join.watching : preferences.name.trim())
    setPlace({ kind: 'inside', run: Date.now(), sends, token })
  }
  if (place.kind === 'inside' && !place.sends) {
    return <Meeting key={place.run} meeting={address.meeting} token={place.token} name={preferences.name} speaker={preferences.speaker} desk={null} leave={(ended) => setPlace({ kind: 'left', ended })} />
  }
  return (
    <WithDevices preferences={preferences}>
      {(desk) =>
        place.kind === 'inside' ? (
          <Meeting key={place.run} meeting={address.meeting} token={place.token} name={preferences.name} speaker={preferences.speaker} desk={desk} leave={(ended) => setPlace({ kind: 'left', ended })} />
        ) : (
          <DeviceCheck title={title} named={address.token === null} preferences={preferences} change={change} desk={desk} enter={enter} />
        )
      }
    </WithDevices>
  )
}

/** Holds the devices open from the check into the meeting, and lets go of them when nobody needs them any more. */
function WithDevices({ preferences, children }: { preferences: Preferences; children: (desk: Desk) => React.ReactNode }) {
  const camera = useDevice('camera', preferences.camera)
  const microphone = useDevice('microphone', preferences.microphone)
  return <>{children({ camera, microphone })}</>
}

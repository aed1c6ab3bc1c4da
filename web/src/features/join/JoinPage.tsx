import { useEffect, useState } from 'react'
import { meetingShown } from '@/api/meetings'
import { me } from '@/api/panel'
import { ProblemError } from '@/api/problem'
import { credentials, identity, type Identity } from '@/features/join/credentials'
import { DeviceCheck } from '@/features/join/DeviceCheck'
import '@/features/join/join.css'
import { Meeting } from '@/features/join/Meeting'
import { Notice } from '@/features/join/Notice'
import { readPreferences, writePreferences, type Preferences } from '@/features/join/preferences'
import { useDevice, type DeviceHandle } from '@/ui/use-device'
import type { PageAddress } from '@/lib/paths'
import type { TokenSource } from '@/media/session'
import { problemText } from '@/text/problem'
import { useText } from '@/text/use-text'

/** Where a person is on the way through a meeting. `run` tells one stay from the next. */
type Place = { kind: 'checking' } | { kind: 'inside'; run: number; sends: boolean; token: TokenSource } | { kind: 'left'; why: Leaving }

/** Why somebody is no longer in the meeting; each has its sentence. */
export type Leaving = 'left' | 'ended' | 'removed'

export interface Desk {
  camera: DeviceHandle
  microphone: DeviceHandle
}

/** The leader's page: check the devices, then one button. */
export function JoinPage({ address }: { address: PageAddress | null }) {
  const text = useText()
  return address === null ? <Notice title={text.join.noMeeting} /> : <Join address={address} />
}

/** Who the page is for the meeting: nothing is asked of the camera before that is clear. */
type Door = { kind: 'asking' } | { kind: 'open'; identity: Identity; title: string } | { kind: 'shut'; problem: ProblemError | null }

function Join({ address }: { address: PageAddress }) {
  const text = useText()
  const [door, setDoor] = useState<Door>({ kind: 'asking' })
  useEffect(() => {
    let over = false
    const knock = async () => {
      const brief = await meetingShown(address.meeting, address.token)
      const who = address.token === null ? identity(await me()) : ({ kind: 'token' } as const)
      if (!over) setDoor({ kind: 'open', identity: who, title: brief.title })
    }
    knock().catch((error: unknown) => over || setDoor({ kind: 'shut', problem: error instanceof ProblemError ? error : null }))
    return () => {
      over = true
    }
  }, [address])
  useEffect(() => {
    document.title = `${door.kind === 'open' ? door.title : text.join.title} · ${text.product}`
  }, [door, text])
  switch (door.kind) {
    case 'asking':
      return <Notice title={text.join.connecting} />
    case 'shut':
      return <Shut address={address} problem={door.problem} />
    case 'open':
      return <Inside address={address} identity={door.identity} title={door.title} />
  }
}

/** Says why one can't come in, and leads to the log-in where that would help. */
function Shut({ address, problem }: { address: PageAddress; problem: ProblemError | null }) {
  const text = useText()
  const words = text.join
  const refused = problem?.problem.kind === 'refused' ? problem.problem : null
  const again = { label: words.again, run: () => location.reload() }
  const logIn = { label: words.logIn, run: () => location.assign(`/?to=${encodeURIComponent(`/join/${encodeURIComponent(address.meeting)}`)}`) }
  if (address.token === null && refused?.status === 401) return <Notice title={words.loginNeeded} detail={words.loginNeededHelp} action={logIn} />
  if (refused?.code === 'access.password_change_needed') return <Notice title={words.passwordFirst} action={logIn} />
  if (address.token === null && refused?.status === 403) return <Notice title={words.notAllowed} detail={words.notAllowedHelp} />
  const { line, code } = problemText(text.problem, problem?.problem ?? null)
  return <Notice title={words.refused} detail={<>{line}<br />{words.refusedHelp(code)}</>} action={again} />
}

function Inside({ address, identity, title }: { address: PageAddress; identity: Identity; title: string }) {
  const text = useText()
  const [place, setPlace] = useState<Place>({ kind: 'checking' })
  const [preferences, setPreferences] = useState(readPreferences)
  if (place.kind === 'left') {
    const seat = identity.kind === 'cookie' && identity.seat
    const action = seat ? { label: text.join.toSeat, run: () => location.assign('/seat') } : { label: text.join.again, run: () => setPlace({ kind: 'checking' }) }
    return <Notice title={text.join[place.why]} action={action} />
  }
  const change = (next: Preferences) => {
    setPreferences(next)
    writePreferences(next)
  }
  const name = identity.kind === 'cookie' ? identity.name : preferences.name
  const enter = (sends: boolean) => {
    const token = credentials(address.meeting, address.token, identity, preferences.name.trim() === '' ? text.join.watching : preferences.name.trim())
    setPlace({ kind: 'inside', run: Date.now(), sends, token })
  }
  if (place.kind === 'inside' && !place.sends) {
    return <Meeting key={place.run} meeting={address.meeting} token={place.token} name={name} speaker={preferences.speaker} desk={null} leave={(why) => setPlace({ kind: 'left', why })} />
  }
  return (
    <WithDevices preferences={preferences}>
      {(desk) =>
        place.kind === 'inside' ? (
          <Meeting key={place.run} meeting={address.meeting} token={place.token} name={name} speaker={preferences.speaker} desk={desk} leave={(why) => setPlace({ kind: 'left', why })} />
        ) : (
          <DeviceCheck title={title} named={identity.kind === 'visit'} preferences={preferences} change={change} desk={desk} enter={enter} />
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

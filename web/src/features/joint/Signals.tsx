import { bitrate } from '@/lib/format'
import { useLive } from '@/panel/live'
import { useText } from '@/text/use-text'

/** What comes in now, as the server counts it each second. */
export function Signals({ meeting }: { meeting: string }) {
  const words = useText().panel.joint
  const { status } = useLive()
  const live = status?.meetings.find(({ id }) => id === meeting)
  if (live === undefined) return null
  const rows = live.participants.map((person) => {
    const own = live.publications.filter(({ participant, live: comes }) => participant === person.participant && comes)
    const camera = own.find(({ role, codec }) => role === 'main' && codec !== 'opus')
    const sound = own.find(({ role, codec }) => role === 'main' && codec === 'opus')
    const size = camera?.size ?? null
    return { person, camera, sound, size, content: own.some(({ role }) => role === 'content') }
  })
  return (
    <section className="card joint-signals" aria-label={words.live}>
      <h2>{words.live}</h2>
      {rows.length === 0 && <p className="quiet">{words.noSignal}</p>}
      <ul>
        {rows.map(({ person, camera, sound, size, content }) => (
          <li key={person.participant}>
            <strong>{person.name}</strong>
            <span className={camera === undefined ? 'wrong' : ''}>{camera === undefined ? words.noPicture : words.picture(size === null ? '' : `${size[0]}×${size[1]}`, camera.fps.toFixed(0), bitrate(camera.bps))}</span>
            <span className={sound === undefined ? 'wrong' : ''}>{sound === undefined ? words.noSound : words.sound(bitrate(sound.bps))}</span>
            {content && <span>{words.content}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

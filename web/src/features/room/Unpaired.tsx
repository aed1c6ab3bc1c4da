import { useText } from '@/text/use-text'

/** The one thing to do on a machine nobody knows: Enter opens the page where its code is typed. */
export function Unpaired() {
  const words = useText().room
  return (
    <main className="unpaired">
      <h1>{words.unpaired}</h1>
      <p>{words.unpairedHelp}</p>
      <a className="room-button" href="/pair" autoFocus>
        {words.openPair}
      </a>
    </main>
  )
}

import { Button, Input } from 'antd'
import { useState } from 'react'
import { recall, remember } from '@/lib/memory'
import { useText } from '@/text/use-text'

/** Of one meeting alone: the next one begins with the usual sentence. */
const KEY = 'yunling.roll-answer'

function kept(meeting: string): string | null {
  const text = recall(KEY) ?? ''
  return text.startsWith(`${meeting}\n`) ? text.slice(meeting.length + 1) : null
}

/** What the county says when the upper level calls it, to be read from across the room. */
export function OurAnswer({ meeting, venue, attendees }: { meeting: string; venue: string; attendees: number }) {
  const words = useText().panel.rollCall
  const [text, setText] = useState(() => kept(meeting))
  const [editing, setEditing] = useState(false)
  const shown = text ?? words.oursText(venue, attendees)
  return (
    <section className="roll-ours" aria-label={words.ours}>
      <h3>
        {words.ours}
        <small>{words.oursHint}</small>
        <Button
          onClick={() => {
            if (editing) remember(KEY, `${meeting}\n${shown}`)
            setEditing(!editing)
          }}
        >
          {editing ? words.oursDone : words.oursEdit}
        </Button>
      </h3>
      {editing ? <Input.TextArea autoFocus aria-label={words.ours} maxLength={300} autoSize={{ minRows: 3 }} value={shown} onChange={(event) => setText(event.target.value)} /> : <p>{shown}</p>}
    </section>
  )
}

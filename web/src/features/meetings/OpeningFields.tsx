import { Form, Input, Radio, Select } from 'antd'
import type { MeetingKind, MicrophonePolicy } from '@/api/generated/wire'
import { BEFORE_MINUTES } from '@/features/meetings/opening'
import { useText } from '@/text/use-text'

interface Props {
  kind: MeetingKind
  /** It has opened: only what its screens show can still become another. */
  fixed: boolean
  byItself: boolean
}

const POLICIES: MicrophonePolicy[] = ['closed', 'own']

/** How a meeting opens: by whom, recorded or not, with which microphones, under which banner. */
export function OpeningFields({ kind, fixed, byItself }: Props) {
  const text = useText()
  const words = text.panel.opening
  return (
    <>
      {fixed && <p className="quiet">{words.fixed}</p>}
      <div className="form-pair">
        <Form.Item name="byItself" label={words.title} extra={byItself ? words.itselfHint : undefined}>
          <Radio.Group aria-label={words.title}
            disabled={fixed}
            className="choices"
            options={[
              { value: true, label: words.by.itself },
              { value: false, label: words.by.hand },
            ]}
          />
        </Form.Item>
        <Form.Item name="beforeMinutes" label={words.before} hidden={!byItself}>
          <Select disabled={fixed} options={BEFORE_MINUTES.map((value) => ({ value, label: words.beforeMinutes(value) }))} />
        </Form.Item>
      </div>
      <div className="form-pair">
        <Form.Item name="recorded" label={words.recorded}>
          <Radio.Group aria-label={words.recorded}
            disabled={fixed}
            className="choices"
            options={[
              { value: true, label: words.records.yes },
              { value: false, label: words.records.no },
            ]}
          />
        </Form.Item>
        <Form.Item name="microphones" label={words.microphones} extra={kind === 'upper' ? words.upperHint : undefined}>
          <Radio.Group aria-label={words.microphones} disabled={fixed} className="choices" options={POLICIES.map((value) => ({ value, label: words.policy[value], disabled: kind === 'upper' && value === 'own' }))} />
        </Form.Item>
      </div>
      <Form.Item name="banner" label={words.banner} extra={words.bannerExtra}>
        <Input maxLength={60} placeholder={words.bannerHint} />
      </Form.Item>
    </>
  )
}

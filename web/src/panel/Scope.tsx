import { Radio } from 'antd'
import { useText } from '@/text/use-text'

/** Whether an act is about one meeting of a series, or about all later ones too. */
export function Scope({ later, choose, hint = false }: { later: boolean; choose: (later: boolean) => void; hint?: boolean }) {
  const words = useText().panel.series
  return (
    <div className="scope">
      <Radio.Group
        aria-label={words.scope}
        optionType="button"
        value={later}
        onChange={({ target }) => choose(target.value === true)}
        options={[
          { value: false, label: words.onlyThis },
          { value: true, label: words.andLater },
        ]}
      />
      {hint && later && <p className="quiet">{words.laterHint}</p>}
    </div>
  )
}

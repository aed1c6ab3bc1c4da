import { setLanguage, useLanguage, useText } from '@/text/use-text'

export function LanguageSwitch({ className }: { className?: string }) {
  const text = useText()
  const language = useLanguage()
  return (
    <button type="button" className={className ?? 'language'} aria-label={text.languageSwitch} onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
      {text.otherLanguage}
    </button>
  )
}

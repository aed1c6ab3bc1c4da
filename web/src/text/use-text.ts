import { useSyncExternalStore } from 'react'
import { recall, remember } from '@/lib/memory'
import { Store } from '@/media/store'
import { en } from '@/text/en'
import { zh, type Text } from '@/text/zh'

export type Language = 'zh' | 'en'

const KEY = 'yunling.language'
const language = new Store<Language>(recall(KEY) === 'en' ? 'en' : 'zh')
const apply = () => (document.documentElement.lang = language.get() === 'en' ? 'en' : 'zh-CN')
apply()

export function setLanguage(next: Language): void {
  remember(KEY, next)
  language.set(next)
  apply()
}

export const useLanguage = (): Language => useSyncExternalStore(language.subscribe, language.get)

export const useText = (): Text => (useLanguage() === 'en' ? en : zh)

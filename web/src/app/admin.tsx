import { StyleProvider, legacyLogicalPropertiesTransformer } from '@ant-design/cssinjs'
import { QueryClientProvider } from '@tanstack/react-query'
import { App, ConfigProvider } from 'antd'
import enGB from 'antd/locale/en_GB'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { Panel } from '@/app/Panel'
import { makeQueries } from '@/panel/queries'
import { useLanguage } from '@/text/use-text'
import { show } from '@/ui/Page'

const queries = makeQueries()
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

const theme = {
  token: {
    colorPrimary: '#1d5fa8',
    colorInfo: '#1d5fa8',
    colorLink: '#1d5fa8',
    colorSuccess: '#1b6b3c',
    colorSuccessBg: '#e8f5ed',
    colorSuccessBorder: '#a9d8bc',
    colorWarning: '#8a5200',
    colorWarningBg: '#fff6e0',
    colorWarningBorder: '#e5c47a',
    colorTextTertiary: '#5b6675',
    colorError: '#c8102e',
    colorTextPlaceholder: '#6b7a8c',
    borderRadius: 6,
    fontSize: 16,
    controlHeight: 44,
    controlHeightLG: 48,
    fontFamily: "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif",
  },
}

/** Without these two settings Ant Design has no style at all in Chromium 86 (`:where`, logical properties). */
function Admin() {
  const language = useLanguage()
  dayjs.locale(language === 'en' ? 'en' : 'zh-cn')
  return (
    <StyleProvider hashPriority="high" transformers={[legacyLogicalPropertiesTransformer]}>
      <ConfigProvider locale={language === 'en' ? enGB : zhCN} csp={{ nonce }} theme={theme} button={{ autoInsertSpace: false }}>
        <App component={false}>
          <QueryClientProvider client={queries}>
            <Panel />
          </QueryClientProvider>
        </App>
      </ConfigProvider>
    </StyleProvider>
  )
}

if (import.meta.env.DEV) void import('@/mock/install').then(({ install }) => install()).then(() => show(<Admin />))
else show(<Admin />)

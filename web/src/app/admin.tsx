import { StyleProvider, legacyLogicalPropertiesTransformer } from '@ant-design/cssinjs'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { ConfigProvider } from 'antd'
import enGB from 'antd/locale/en_GB'
import zhCN from 'antd/locale/zh_CN'
import { StatusPage } from '@/features/status/StatusPage'
import { useLanguage } from '@/text/use-text'
import { show } from '@/ui/Page'

const queries = new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } } })
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

const theme = {
  token: {
    colorPrimary: '#1d5fa8',
    colorSuccess: '#23804a',
    colorSuccessBg: '#e8f5ed',
    colorSuccessBorder: '#a9d8bc',
    colorWarning: '#b87503',
    colorError: '#c8102e',
    borderRadius: 6,
    fontSize: 15,
    fontFamily: "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif",
  },
}

/** Without these two settings Ant Design has no style at all in Chromium 86 (`:where`, logical properties). */
function Panel() {
  const language = useLanguage()
  return (
    <StyleProvider hashPriority="high" transformers={[legacyLogicalPropertiesTransformer]}>
      <ConfigProvider locale={language === 'en' ? enGB : zhCN} csp={{ nonce }} theme={theme}>
        <QueryClientProvider client={queries}>
          <StatusPage />
        </QueryClientProvider>
      </ConfigProvider>
    </StyleProvider>
  )
}

show(<Panel />)

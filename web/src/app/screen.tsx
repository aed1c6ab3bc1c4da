import { ScreenPage } from '@/features/screen/ScreenPage'
import { pageAddress } from '@/lib/paths'
import { show } from '@/ui/Page'

show(<ScreenPage address={pageAddress(location.pathname, location.hash)} />)

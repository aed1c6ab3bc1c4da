import { JoinPage } from '@/features/join/JoinPage'
import { pageAddress } from '@/lib/paths'
import { show } from '@/ui/Page'

show(<JoinPage address={pageAddress(location.pathname, location.hash)} />)

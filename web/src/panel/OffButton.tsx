import { Button, Tooltip, type ButtonProps } from 'antd'
import type { Can } from '@/panel/can'
import { useText } from '@/text/use-text'

/** A button of a list: while it is off it stays and says why, to the mouse, the keyboard and the reader. */
export function OffButton({ can, onClick, children, ...rest }: ButtonProps & { can: Can }) {
  const { reasons } = useText().panel
  if (can === null)
    return (
      <Button {...rest} onClick={onClick}>
        {children}
      </Button>
    )
  return (
    <Tooltip title={reasons[can]}>
      <Button {...(rest.size && { size: rest.size })} className="off" aria-disabled aria-description={reasons[can]}>
        {children}
      </Button>
    </Tooltip>
  )
}

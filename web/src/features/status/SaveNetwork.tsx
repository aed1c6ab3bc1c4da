import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { saveNetworkRecord } from '@/api/status'
import { save } from '@/lib/save'
import { useText } from '@/text/use-text'

/** Saves the last seconds of a meeting's network as a file, for whoever looks for the cause of a freeze. */
export function SaveNetwork({ meeting }: { meeting: string }) {
  const words = useText().status
  const record = useMutation({
    mutationFn: () => saveNetworkRecord(meeting),
    onSuccess: (file) => save(file, `network-${meeting}-${Math.floor(Date.now() / 1000)}.json`),
  })
  return (
    <>
      {record.isError && <span role="alert">{words.saveNetworkFailed}</span>}
      <Button title={words.saveNetworkHint} loading={record.isPending} onClick={() => record.mutate()}>
        {words.saveNetwork}
      </Button>
    </>
  )
}

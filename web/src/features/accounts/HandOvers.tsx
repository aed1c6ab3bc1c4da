import { useQuery } from '@tanstack/react-query'
import { Button, Modal } from 'antd'
import { useState } from 'react'
import type { HandOverForm } from '@/api/generated/wire'
import { handOvers } from '@/api/panel'
import { HandOverSheet } from '@/features/accounts/HandOverSheet'
import { moment } from '@/lib/format'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** Posts that were handed over, the latest first; each form can be printed again as it was. */
export function HandOvers({ done }: { done: () => void }) {
  const text = useText()
  const words = text.panel.handOver
  const all = useQuery({ queryKey: ['handOvers'], queryFn: handOvers })
  const [shown, setShown] = useState<HandOverForm | null>(null)
  const columns: Column<HandOverForm>[] = [
    { title: words.sheet.at, cell: (form) => moment(form.atMs, text.locale) },
    { title: words.sheet.from, cell: (form) => `${form.fromName}（${form.fromLogin}）` },
    { title: words.sheet.to, cell: (form) => `${form.toName}（${form.toLogin}）` },
    { title: text.panel.accounts.columns.actions, cell: (form) => <Button onClick={() => setShown(form)}>{words.again}</Button> },
  ]
  if (shown !== null) return <HandOverSheet form={shown} next={words.back} close={() => setShown(null)} />
  return (
    <Modal open width={820} title={words.all} footer={null} onCancel={done} destroyOnHidden>
      <ProblemLine error={all.error} retry={() => void all.refetch()} />
      <div className="part">
        <List rows={all.data ?? []} columns={columns} id={(form) => form.toAccount} none={all.data === undefined ? text.panel.loading : words.noneYet} />
      </div>
    </Modal>
  )
}

import { useQuery } from '@tanstack/react-query'
import { Button, Popconfirm, Upload } from 'antd'
import type { MaterialEntry } from '@/api/generated/wire'
import { addMaterial, copyMaterial, materials, removeMaterial } from '@/api/materials'
import { isNotAllowed } from '@/api/problem'
import '@/panel/materials.css'
import { save } from '@/lib/save'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

const MEGABYTE = 1 << 20

/** Materials of a meeting: everybody who plans or attends takes copies with their own watermark; `writes` is whether they bring and remove them. */
export function Materials({ meeting, writes }: { meeting: string; writes: boolean }) {
  const text = useText()
  const words = text.panel.materials
  const { data, error, refetch } = useQuery({ queryKey: ['materials', meeting], queryFn: () => materials(meeting) })
  const add = useChange((file: File) => addMaterial(meeting, file), ['materials'])
  const remove = useChange((id: string) => removeMaterial(meeting, id), ['materials'])
  const copy = useChange(async ({ id, name }: MaterialEntry) => save(await copyMaterial(meeting, id), `${name}.pdf`), [])
  // Nothing to take: there is none, or it is for those who were invited.
  if (!writes && (data?.length === 0 || isNotAllowed(error))) return null
  return (
    <section className="materials-part" aria-label={words.title}>
      <h3>{words.title}</h3>
      <ProblemLine error={error} retry={() => void refetch()} />
      {data?.length === 0 && <p className="quiet">{words.none}</p>}
      {data !== undefined && data.length > 0 && (
        <ul className="materials">
          {data.map((material) => (
            <li key={material.id}>
              <span>
                <strong>{material.name}</strong>
                <small>{words.about(material.pages, (material.bytes / MEGABYTE).toFixed(1), material.by)}</small>
              </span>
              <Button size="small" loading={copy.isPending && copy.variables.id === material.id} onClick={() => copy.mutate(material)}>
                {words.copy}
              </Button>
              {writes && (
                <Popconfirm title={words.sure(material.name)} okText={words.remove} cancelText={text.panel.cancel} okButtonProps={{ danger: true }} onConfirm={() => remove.mutate(material.id)}>
                  <Button size="small" danger aria-label={words.removeIt(material.name)}>
                    {words.remove}
                  </Button>
                </Popconfirm>
              )}
            </li>
          ))}
        </ul>
      )}
      <ProblemLine error={copy.error ?? remove.error ?? add.error} />
      {writes && (
        <Upload
          accept="application/pdf,.pdf"
          showUploadList={false}
          beforeUpload={(file) => {
            add.mutate(file)
            return false
          }}
        >
          <Button size="small" loading={add.isPending}>
            {add.isPending ? words.adding : words.add}
          </Button>
        </Upload>
      )}
    </section>
  )
}

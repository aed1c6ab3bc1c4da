import { useQuery } from '@tanstack/react-query'
import { Input } from 'antd'
import { useDeferredValue, useState } from 'react'
import { read } from '@/api/panel'
import '@/features/api/api.css'
import { Operation, Schemas } from '@/features/api/Operation'
import { groups, type Description } from '@/features/api/schema'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

const described = async (): Promise<Description> => (await read('/api/openapi.json')) as Description

/** What programs can ask of this server: the description the server itself renders, to be looked through without a network. */
export function ApiPage() {
  const text = useText()
  const words = text.panel.api
  const { data, error, refetch } = useQuery({ queryKey: ['api'], queryFn: described, staleTime: Infinity })
  return (
    <PageFrame title={words.title} hint={words.hint} actions={<a className="api-file" href="/api/openapi.json" download="yunling-openapi.json">{words.download}</a>}>
      <ProblemLine error={error} retry={() => void refetch()} />
      {data === undefined ? error === null && <p className="quiet">{text.panel.loading}</p> : <Reference description={data} />}
    </PageFrame>
  )
}

function Reference({ description }: { description: Description }) {
  const words = useText().panel.api
  const [sought, setSought] = useState('')
  const found = groups(description, useDeferredValue(sought))
  const tags: Partial<Record<string, string>> = words.tags
  const named = (tag: string) => tags[tag] ?? tag
  return (
    <>
      <section className="card">
        <p className="api-introduction" lang="en">{description.info.description}</p>
        <Input value={sought} onChange={({ target }) => setSought(target.value)} placeholder={words.search} aria-label={words.search} allowClear />
        <nav className="api-tags" aria-label={words.groups}>
          {found.map(({ tag, routes }) => (
            <a key={tag} href={`#api-${tag}`}>
              {named(tag)} <small>{routes.length}</small>
            </a>
          ))}
        </nav>
      </section>
      {found.length === 0 && <p className="quiet">{words.none}</p>}
      {found.map(({ tag, routes }) => (
        <section className="card" key={tag} id={`api-${tag}`}>
          <h2>
            {named(tag)} <small lang="en">{tag}</small>
          </h2>
          {routes.map((route) => (
            <Operation key={route.operation.operationId + route.path} route={route} />
          ))}
        </section>
      ))}
      <Schemas schemas={description.components.schemas} />
    </>
  )
}

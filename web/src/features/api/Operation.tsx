import { useEffect, useState } from 'react'
import { brief, members, names, type Route, type Schema } from '@/features/api/schema'
import { useText } from '@/text/use-text'

/** A route: its sentence at a glance, opened what it takes and gives. */
export function Operation({ route: { method, path, operation } }: { route: Route }) {
  const words = useText().panel.api
  const [forWhom, ...before] = operation.description.split('\n\n').reverse()
  return (
    <details className="api-operation">
      <summary>
        <code className={`api-method ${method.toLowerCase()}`}>{method}</code>
        <code className="api-path">{path}</code>
        <span lang="en">{operation.summary}</span>
      </summary>
      <div className="api-body">
        {before.reverse().map((part) => (
          <p key={part} lang="en">
            {part}
          </p>
        ))}
        <p lang="en">{forWhom}</p>
        {operation['x-book'] !== undefined && (
          <p>
            {words.book} <code>{operation['x-book']}</code>
          </p>
        )}
        {operation.parameters !== undefined && (
          <>
            <h3>{words.parameters}</h3>
            <Rows rows={operation.parameters.map(({ name, required, schema, in: where }) => ({ name, type: brief(schema), links: names(schema), optional: !required, description: `${words.where[where]}${schema.description === undefined ? '' : ` · ${schema.description}`}` }))} />
          </>
        )}
        {operation.requestBody !== undefined && (
          <>
            <h3>{words.body}</h3>
            <Contents of={[['', operation.requestBody.content ?? {}]]} />
          </>
        )}
        <h3>{words.answers}</h3>
        <Contents of={Object.entries(operation.responses).map(([status, { content, 'x-messages': messages }]) => [status === 'default' ? words.otherwise : status, content ?? messagesOf(messages, words)])} />
      </div>
    </details>
  )
}

type Words = ReturnType<typeof useText>['panel']['api']

function messagesOf(messages: { server: Schema; client?: Schema } | undefined, words: Words): Record<string, { schema: Schema }> {
  if (messages === undefined) return {}
  const of = { [words.fromServer]: { schema: messages.server } }
  return messages.client === undefined ? of : { ...of, [words.fromClient]: { schema: messages.client } }
}

function Contents({ of }: { of: [string, Record<string, { schema: Schema }>][] }) {
  const words = useText().panel.api
  return (
    <ul className="api-contents">
      {of.map(([status, content]) => (
        <li key={status}>
          {status !== '' && <code>{status}</code>}
          {Object.keys(content).length === 0 && <span>{words.nothing}</span>}
          {Object.entries(content).map(([media, { schema }]) => (
            <span key={media}>
              <small>{media}</small> <Type type={brief(schema)} links={names(schema)} />
            </span>
          ))}
        </li>
      ))}
    </ul>
  )
}

/** A type whose names lead to their schemas. */
function Type({ type, links }: { type: string; links: string[] }) {
  const parts = type.split(/(\w+)/)
  return (
    <code className="api-type">
      {parts.map((part, at) =>
        links.includes(part) ? (
          <a key={at} href={`#schema-${part}`}>
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </code>
  )
}

function Rows({ rows }: { rows: ReturnType<typeof members> }) {
  const words = useText().panel.api
  return (
    <table className="api-rows">
      <tbody>
        {rows.map(({ name, type, links, optional, description }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
              {optional && <small>{words.optional}</small>}
            </th>
            <td>
              <Type type={type} links={links} />
            </td>
            <td lang="en">{description}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Every type that travels; the one that a link named is open. */
export function Schemas({ schemas }: { schemas: Record<string, Schema> }) {
  const words = useText().panel.api
  const [hash, setHash] = useState(() => location.hash)
  useEffect(() => {
    const follow = () => setHash(location.hash)
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  useEffect(() => {
    if (!hash.startsWith('#schema-')) return
    const to = document.getElementById(hash.slice(1))
    if (to instanceof HTMLDetailsElement) to.open = true
    to?.scrollIntoView({ block: 'start' })
  }, [hash])
  return (
    <section className="card">
      <h2>{words.types}</h2>
      {Object.entries(schemas).map(([name, schema]) => (
        <details className="api-operation" key={name} id={`schema-${name}`}>
          <summary>
            <code className="api-path">{name}</code>
            <span lang="en">{schema.description}</span>
          </summary>
          <div className="api-body">
            <Shape schema={schema} />
          </div>
        </details>
      ))}
    </section>
  )
}

function Shape({ schema }: { schema: Schema }) {
  const variants = schema.oneOf ?? schema.anyOf
  if (variants !== undefined) {
    return variants.map((variant, at) => (
      <div className="api-variant" key={at}>
        {variant.description !== undefined && <p lang="en">{variant.description}</p>}
        <Shape schema={variant} />
      </div>
    ))
  }
  return schema.properties === undefined ? <Type type={brief(schema)} links={names(schema)} /> : <Rows rows={members(schema)} />
}

/** The description of the API as this page reads it, and its schemas as short texts. Pure. */

/** A JSON schema, as far as the server's own use it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema | boolean
  additionalProperties?: Schema | boolean
  oneOf?: Schema[]
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  prefixItems?: Schema[]
}

interface Content {
  description?: string
  content?: Record<string, { schema: Schema }>
  'x-messages'?: { server: Schema; client?: Schema }
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  schema: Schema
}

/** What can be asked on one path by one method. */
export interface ApiOperation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters?: Parameter[]
  requestBody?: Content
  responses: Record<string, Content>
  'x-book'?: string
}

export interface Description {
  info: { version: string; description: string }
  paths: Record<string, Record<string, ApiOperation>>
  components: { schemas: Record<string, Schema> }
}

export interface Route {
  method: string
  path: string
  operation: ApiOperation
}

/** Routes of one matter, in the description's order. */
export interface Group {
  tag: string
  routes: Route[]
}

/** The name of what a reference leads to. */
export const referred = (schema: Schema): string | undefined => schema.$ref?.split('/').pop()

/** A schema in one line, as TypeScript would write it. */
export function brief(schema: Schema | boolean | undefined): string {
  if (schema === undefined || typeof schema === 'boolean') return 'any'
  const name = referred(schema)
  if (name !== undefined) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const variants = schema.oneOf ?? schema.anyOf
  if (variants !== undefined) return variants.map(brief).join(' | ')
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? 'any']).map((type) => {
    if (type !== 'array') return type
    if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(brief).join(', ')}]`
    const item = brief(schema.items)
    return item.includes(' ') ? `(${item})[]` : `${item}[]`
  })
  return types.join(' | ')
}

/** The schemas a schema names. */
export function names(schema: Schema | boolean | undefined): string[] {
  if (schema === undefined || typeof schema === 'boolean') return []
  const name = referred(schema)
  const parts = [schema.items, schema.additionalProperties, ...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.prefixItems ?? [])]
  return [...(name === undefined ? [] : [name]), ...parts.flatMap(names)]
}

export interface Member {
  name: string
  type: string
  links: string[]
  optional: boolean
  description: string
}

/** The members of an object. */
export const members = ({ properties, required }: Schema): Member[] =>
  Object.entries(properties ?? {}).map(([name, of]) => ({
    name,
    type: brief(of),
    links: [...new Set(names(of))],
    optional: required?.includes(name) !== true,
    description: of.description ?? '',
  }))

/** Routes whose method, path or sentence holds every word, by what they are about. */
export function groups(description: Description, words: string): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== '')
  const found = new Map<string, Route[]>()
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const text = `${method} ${path} ${operation.summary}`.toLowerCase()
      if (!wanted.every((word) => text.includes(word))) continue
      const tag = operation.tags[0] ?? ''
      found.set(tag, [...(found.get(tag) ?? []), { method: method.toUpperCase(), path, operation }])
    }
  }
  return [...found].map(([tag, routes]) => ({ tag, routes }))
}

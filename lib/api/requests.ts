/** Finds what a request asks for, and reads what stands in its path and in its headers. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ChangeRequest } from '../nimbus/record/requests.ts'
import { Refused } from './refusals.ts'
import { REQUEST_HEADER, REQUEST_ID, type Route } from './route.ts'
import { type Operation, ROUTES } from './routes.ts'
import { misfit, type Schema } from './schema.ts'
import { SCHEMAS } from './schemas.ts'

/** A request that is in the table. */
export interface Matched {
  readonly route: Route & { readonly id: Operation }
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | number>>
}

interface Entry {
  readonly id: Operation
  readonly route: Route
  readonly parts: readonly string[]
}

const ENTRIES: readonly Entry[] = Object.entries<Route>(ROUTES).map(([id, route]) => ({
  id: id as Operation,
  route,
  parts: route.path.split('/'),
}))

/** @param url path and query @throws Refused */
export function matched(method: string, url: string): Matched {
  const [given = '', search = ''] = url.split('?', 2) as [string, string?]
  const parts = given.split('/')
  const fitting = ENTRIES.filter(
    (entry) =>
      entry.parts.length === parts.length &&
      entry.parts.every((part, index) => (part.startsWith('{') ? parts[index] !== '' : part === parts[index])),
  )
  if (fitting.length === 0)
    throw new Refused('SERVICE_BAD_REQUEST', 'nothing is asked by this path', 404, { hint: 'see /v1/openapi.json' })
  const found = fitting.find(({ route }) => route.method === method)
  if (found === undefined) {
    const allow = fitting.map(({ route }) => route.method).join(', ')
    throw new Refused('SERVICE_BAD_REQUEST', `this is asked with ${allow}`, 405, { allow })
  }
  const { id, route } = found
  const named = found.parts.flatMap((part, index) =>
    part.startsWith('{') ? [[part.slice(1, -1), decoded(parts[index]!)] as const] : [],
  )
  return { route: { ...route, id }, path: Object.fromEntries(named), query: readQuery(search, route.query ?? {}) }
}

/**
 * Which change is asked for, where its client says so: what comes again under the same id was asked for once.
 * @param body of JSON
 * @throws Refused
 */
export function changeOf(
  { headers }: IncomingMessage,
  { route: { id: what, method }, path, query }: Matched,
  body: unknown,
): ChangeRequest | undefined {
  const id = headers[REQUEST_HEADER]
  if (id === undefined || method === 'GET') return undefined
  if (typeof id === 'string' && REQUEST_ID.test(id)) return { id, what, digest: digestOf({ path, query, body }) }
  throw bad(`${REQUEST_HEADER} is an id of 16 to 64 letters, digits, - and _`)
}

/** It is the same for what says the same, in whatever order. */
function digestOf(asked: object): string {
  const inOrder = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  try {
    return createHash('sha256').update(JSON.stringify(asked, inOrder)).digest('hex')
  } catch {
    throw bad('the body is nested too deep')
  }
}

function readQuery(search: string, schemas: Readonly<Record<string, Schema>>): Record<string, string | number> {
  const query: Record<string, string | number> = {}
  for (const [name, text] of new URLSearchParams(search)) {
    const schema = Object.hasOwn(schemas, name) ? schemas[name]! : undefined
    if (schema === undefined) throw bad(`"${name.slice(0, 40)}" is not asked here`)
    const value = schema.type === 'integer' && /^\d{1,15}$/.test(text) ? Number(text) : text
    const why = misfit(value, schema, SCHEMAS, name)
    if (why !== undefined) throw bad(why)
    query[name] = value
  }
  return query
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw bad('the path is not encoded as a URL')
  }
}

function bad(why: string): Refused {
  return new Refused('SERVICE_BAD_REQUEST', why, 400)
}

/** The description of the HTTP interface in the form of OpenAPI 3.1, made of the table of what can be asked. */
import { REQUEST_HEADER, REQUEST_ID, type Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { type Schema, text } from './schema.ts'
import { SCHEMAS } from './schemas.ts'

/** Plain JSON. @param version of Typhoon */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [id, route] of Object.entries<Route>(ROUTES)) {
    paths[route.path] ??= {}
    paths[route.path]![route.method.toLowerCase()] = operation(id, route)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Typhoon', version, description: 'A service of topologies.' },
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function operation(id: string, { method, path, role, summary, query = {}, body, answer }: Route): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    parameter(name, 'path', { type: 'string' }, true),
  )
  const inQuery = Object.entries(query).map(([name, schema]) => parameter(name, 'query', schema, false))
  const inHeader = method === 'GET' ? [] : [parameter(REQUEST_HEADER, 'header', REQUEST, false)]
  const parameters = [...inPath, ...inQuery, ...inHeader]
  const content =
    body === undefined ? undefined : contentOf(body === 'bytes' ? 'application/octet-stream' : JSON_TYPE, body)
  return {
    operationId: id,
    summary,
    ...(role === undefined ? { security: [] } : { security: [{ token: [] }], description: `Role: ${role}.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: {
      200: { description: 'Done.', content: answerOf(answer) },
      default: { description: 'Refused.', content: contentOf(JSON_TYPE, { $ref: '#/components/schemas/Problems' }) },
    },
  }
}

const JSON_TYPE = 'application/json'
const REQUEST = text('An id of the client’s making: what comes again under it is done once, and answered as before.', {
  pattern: REQUEST_ID.source,
})

function answerOf(answer: Route['answer']): object {
  if (answer === 'text') return contentOf('text/plain', { type: 'string' })
  if (answer === 'events') return contentOf('text/event-stream', { type: 'string' })
  if (answer === 'file') return contentOf('application/octet-stream', 'bytes')
  if ('lines' in answer) return contentOf('application/x-ndjson', answer.lines)
  return contentOf(JSON_TYPE, answer)
}

function contentOf(type: string, schema: Schema | 'bytes'): object {
  return { [type]: schema === 'bytes' ? {} : { schema } }
}

function parameter(name: string, where: 'path' | 'query' | 'header', schema: Schema, required: boolean): object {
  return { name, in: where, required, schema }
}

/** What can be asked of a service over HTTP, and by whom. */
import { join } from 'node:path'
import test from 'ava'
import { tokensIn } from '../../lib/api/kept-tokens.ts'
import { openApi } from '../../lib/api/openapi.ts'
import type { Route } from '../../lib/api/route.ts'
import { ROUTES } from '../../lib/api/routes.ts'
import { misfit, type Schema } from '../../lib/api/schema.ts'
import { SCHEMAS } from '../../lib/api/schemas.ts'
import { Tokens } from '../../lib/api/tokens.ts'
import type { TopologyRecord } from '../../lib/nimbus/record/record.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { DAY_MS, opened } from './opened.ts'

const WORDS: TopologyRecord = {
  ...{ id: 'words-1-1', name: 'words', status: 'ACTIVE', submittedAt: 0, revision: 1 },
  wanted: {
    bundle: { entry: 'a.yaml', files: [{ path: 'a.yaml', digest: 'a'.repeat(64), bytes: 1, executable: false }] },
    ...{ variables: {}, aliases: {}, config: {} },
  },
}

test('whoever reaches the port may know that it is there, and no more', async (t) => {
  const { ask, made } = await opened(t)
  t.is((await ask('GET /ping')).status, 200)
  t.is((await ask('GET /ready')).status, 200)
  t.is((await ask('GET /v1/openapi.json')).json.openapi, '3.1.0')
  for (const token of [undefined, 'wrong', `${made.admin}x`]) {
    const { status, code, headers } = await ask('GET /v1/topologies', token)
    t.deepEqual([status, code, headers.get('www-authenticate')], [401, 'SERVICE_UNAUTHORIZED', 'Bearer'])
  }
})

test('each role may do what those before it may, and a token that has expired nothing', async (t) => {
  const { ask, made, pass } = await opened(t)
  const body = JSON.stringify({ digests: [] })
  const missing = (token: string) => ask('POST /v1/blobs/missing', token, { body })
  t.is((await ask('GET /v1/topologies', made.read)).status, 200)
  t.deepEqual([(await missing(made.read)).status, (await missing(made.read)).code], [403, 'SERVICE_UNAUTHORIZED'])
  t.is((await missing(made.operate)).status, 200)
  t.is((await missing(made.admin)).status, 200)
  pass(DAY_MS)
  t.is((await missing(made.operate)).status, 401)
})

test('who may do everything makes and removes tokens, and nobody else', async (t) => {
  const { ask, made } = await opened(t)
  const make = (token: string, wanted: object) => ask('POST /v1/tokens', token, { body: JSON.stringify(wanted) })
  t.is((await make(made.operate, { name: 'ann', role: 'admin' })).status, 403)
  t.is((await make(made.admin, { name: 'ann', role: 'root' })).status, 400)
  const { token } = (await make(made.admin, { name: 'ann', role: 'operate', days: 1 })).json
  t.is((await ask('POST /v1/blobs/missing', token, { body: '{"digests":[]}' })).status, 200)
  const { tokens } = (await ask('GET /v1/tokens', made.admin)).json
  t.deepEqual(tokens.at(-1), { name: 'ann', role: 'operate', expires: '2030-01-02T00:00:00.000Z' })
  t.is((await ask('DELETE /v1/tokens/ann', made.admin)).status, 200)
  t.is((await ask('DELETE /v1/tokens/ann', made.admin)).status, 404)
  t.is((await ask('GET /v1/topologies', token)).status, 401)
})

test('a token is kept as a digest alone, and counts when the service begins again', async (t) => {
  const { made, directory, now } = await opened(t)
  t.false(JSON.stringify(jsonLinesIn(join(directory, 'tokens.json'))).includes(made.admin))
  const again = await Tokens.open(tokensIn(directory), now)
  t.like(again.bearer(`Bearer ${made.admin}`), { name: 'owner', role: 'admin' })
  await again.make('owner', 'admin')
  t.is(again.bearer(`Bearer ${made.admin}`), undefined)
})

for (const [asked, status, init = {}] of [
  ['GET /nowhere', 404],
  ['PATCH /v1/topologies', 405],
  ['GET /v1/topologies/words', 404],
  ['GET /v1/topologies/%E0%A4%A', 400],
  ['GET /v1/topologies/words/logs?lines=x', 400],
  ['GET /v1/topologies/words/logs?line=1', 400],
  ['DELETE /v1/topologies/words', 404],
  ['PUT /v1/blobs/..%2F..%2Fetc', 400, { body: 'x' }],
  [`PUT /v1/blobs/${'0'.repeat(64)}`, 422, { body: 'x' }],
  ['POST /v1/topologies', 400, { body: '{' }],
  ['POST /v1/topologies', 400, { body: '{}' }],
  ['POST /v1/topologies', 400, { body: '[]' }],
  ['POST /v1/topologies', 415, { body: '{}', headers: { 'content-encoding': 'gzip' } }],
  ['POST /v1/topologies/words/rebalance', 400, { body: '{"workers":0}' }],
  ['POST /v1/topologies/words/rebalance', 400, { body: '{"parallelism":{"__proto__":1,"a":"b"}}' }],
  ['GET /v1/topologies', 403, { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['GET /api/v1/topology/none', 404],
  ['POST /api/v1/topology/none/kill/x', 404],
] as const satisfies readonly (readonly [string, number, RequestInit?])[])
  test(`${asked} ${JSON.stringify(init)} is answered with ${status}`, async (t) => {
    const { ask, made } = await opened(t)
    const answer = await ask(asked, made.admin, init)
    t.is(answer.status, status)
    t.is(misfit(answer.json, SCHEMAS['Problems']!, SCHEMAS), undefined)
  })

test('what is too large is refused, and the service goes on', async (t) => {
  const { ask, made } = await opened(t)
  const large = new Uint8Array(17 * 1024 * 1024)
  for (const [asked, status] of [
    ['POST /v1/topologies', 413],
    ['POST /api/v1/topology/none/rebalance/0', 413],
    [`PUT /v1/blobs/${'a'.repeat(64)}`, 422],
  ] as const)
    t.is((await ask(asked, made.admin, { body: large })).status, status)
  t.is((await ask('GET /v1/topologies', made.read)).status, 200)
})

test('what is submitted and not sent is refused', async (t) => {
  const { ask, made } = await opened(t)
  const files = [{ path: 'a.yaml', digest: '0'.repeat(64), bytes: 1, executable: false }]
  const body = JSON.stringify({ bundle: { entry: 'a.yaml', files }, variables: {}, aliases: {}, config: {} })
  const { status, code } = await ask('POST /v1/topologies', made.operate, { body })
  t.deepEqual([status, code], [422, 'BAD_BUNDLE'])
})

test('each change is noted, with who asked for it and what came of it', async (t) => {
  const { ask, made, directory, api } = await opened(t)
  await ask('GET /v1/topologies', made.read)
  await ask('DELETE /v1/topologies/words', made.operate)
  await ask('DELETE /v1/topologies/words', made.read)
  await ask('DELETE /v1/topologies/words')
  await api.close()
  const lines = jsonLinesIn(join(directory, 'audit.log')) as Readonly<Record<string, unknown>>[]
  t.deepEqual(
    lines.map(({ by, operation, topology, status, code }) => [by, operation, topology, status, code]),
    [
      ['operator', 'kill', 'words', 404, 'TOPOLOGY_UNKNOWN'],
      ['reader', 'kill', 'words', 403, 'SERVICE_UNAUTHORIZED'],
    ],
  )
})

test('the description has each operation once, and refers to nothing that it does not have', (t) => {
  const description = openApi('1.2.3') as {
    paths: Record<string, Record<string, { operationId: string }>>
    components: { schemas: Record<string, Schema> }
  }
  const ids = Object.values(description.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  )
  t.deepEqual(ids.sort(), Object.keys(ROUTES).sort())
  for (const [, name = ''] of JSON.stringify(description).matchAll(/#\/components\/schemas\/(\w+)/g))
    t.true(Object.hasOwn(description.components.schemas, name), name)
})

test('Storm’s levels of logging are read and set, all of them or none', async (t) => {
  const { ask, made, nimbus } = await opened(t, WORDS)
  const path = '/api/v1/topology/words-1-1/logconfig'
  const set = (levels: object, id?: string) =>
    ask(`POST ${path}`, made.operate, {
      body: JSON.stringify({ namedLoggerLevels: levels }),
      headers: id === undefined ? {} : { 'typhoon-request': id },
    })
  t.deepEqual((await ask(`GET ${path}`, made.read)).json, { namedLoggerLevels: {} })
  const root = {
    target_level: 'DEBUG',
    reset_level: 'DEBUG',
    timeout: 30,
    timeout_epoch: Date.UTC(2030, 0, 1) + 30_000,
  }
  const count = { target_level: 'WARN', reset_level: 'DEBUG', timeout: 0, timeout_epoch: 0 }
  const { json } = await set({
    ROOT: { target_level: 'TRACE', timeout: 30 },
    count: { target_level: 'warn', timeout: 0 },
  })
  t.deepEqual(json, { namedLoggerLevels: { ROOT: root, count } })
  for (const levels of [
    { ROOT: { target_level: null }, count: { target_level: 'OFF' } },
    { ROOT: { target_level: null }, count: { target_level: 'INFO', timeout: -1 } },
    { ROOT: 1 },
  ])
    t.deepEqual([(await set(levels)).status, nimbus.get('words').logLevels.length], [400, 2])
  t.is((await ask(`POST ${path}`, made.operate, { body: '{}' })).status, 400)
  t.is((await ask(`POST ${path}`, made.read, { body: '{}' })).status, 403)
  t.deepEqual((await set({ ROOT: {} }, 'a-change-with-an-id')).json, { namedLoggerLevels: { count } })
  await set({ ROOT: { target_level: 'DEBUG' } })
  t.is(Object.keys((await set({ ROOT: {} }, 'a-change-with-an-id')).json.namedLoggerLevels).length, 2)
  t.is((await set({ ROOT: {} }, 'short')).status, 400)
})

test('an id is for one change, whatever else is asked for under it, also while that is made', async (t) => {
  const { ask, made, nimbus } = await opened(t, WORDS, { ...WORDS, id: 'others-1-1', name: 'others' })
  const set = (name: string, body: object, id: string) =>
    ask(`POST /v1/topologies/${name}/log-level`, made.operate, {
      body: JSON.stringify(body),
      headers: { 'typhoon-request': id },
    })
  const first = 'the-first-of-them'
  t.is((await set('words', { level: 'debug', seconds: 9 }, first)).status, 200)
  t.is((await set('words', { seconds: 9, level: 'debug' }, first)).status, 200)
  for (const other of [
    set('words', { level: 'debug', seconds: 8 }, first),
    set('others', { level: 'debug', seconds: 9 }, first),
    ask('POST /v1/topologies/words/deactivate', made.operate, { headers: { 'typhoon-request': first } }),
  ])
    t.like(await other, { status: 400, code: 'SERVICE_BAD_REQUEST' })
  const both = [
    set('words', { level: 'warn' }, 'the-second-of-them'),
    set('words', { level: 'info' }, 'the-second-of-them'),
  ]
  const answers = await Promise.all(both)
  t.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
  const [taken] = answers.filter(({ status }) => status === 200)
  t.deepEqual(nimbus.get('words').logLevels, taken?.json.levels)
})

test('the longest query that may be asked is read, also in letters of three bytes', async (t) => {
  const { ask, made } = await opened(t)
  const longest = Object.entries<Route>(ROUTES).filter(([, { method, query }]) => method === 'GET' && query)
  for (const [, { path, query = {} }] of longest) {
    const texts = Object.entries(query).filter(([, { maxLength }]) => maxLength !== undefined)
    const asked = new URLSearchParams(
      Object.fromEntries(texts.map(([name, { maxLength = 0 }]) => [name, '語'.repeat(maxLength)])),
    )
    t.not((await ask(`GET ${path.replace('{name}', '語'.repeat(255))}?${asked}`, made.admin)).status, 431, path)
  }
})

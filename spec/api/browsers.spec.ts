/** A browser asks with a session in the place of a token, and looks on. */
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { SESSION_MS } from '../../lib/api/browser/sessions.ts'
import { MOST_WATCHERS } from '../../lib/api/browser/watchers.ts'
import type { TopologyRecord } from '../../lib/nimbus/record/record.ts'
import { DAY_MS, opened } from './opened.ts'

const WORDS: TopologyRecord = {
  ...{ id: 'words-1-1', name: 'words', status: 'ACTIVE', submittedAt: 0, revision: 1 },
  wanted: {
    bundle: { entry: 'a.yaml', files: [{ path: 'a.yaml', digest: 'a'.repeat(64), bytes: 1, executable: false }] },
    ...{ variables: {}, aliases: {}, config: {} },
  },
}

/** A browser that has changed a code for a session. */
async function browser(t: ExecutionContext, role: 'read' | 'operate' | 'admin' = 'operate') {
  const service = await opened(t, WORDS)
  const { code } = (await service.ask('POST /v1/codes', service.made[role])).json
  const open = (body: object, headers = {}) =>
    service.ask('POST /v1/session', undefined, { body: JSON.stringify(body), headers })
  const session = await open({ code })
  const cookie = session.headers.get('set-cookie') ?? ''
  const headers = { cookie: cookie.split(';')[0]!, 'x-typhoon-session': session.json.key, origin: service.api.url }
  const look = (asked: string, init: RequestInit = {}) =>
    service.ask(asked, undefined, { ...init, headers: { ...headers, ...init.headers } })
  return { ...service, code, open, session, cookie, headers, look }
}

test('a code is changed for a session, which may what its token may', async (t) => {
  const { session, cookie, look, open, code } = await browser(t)
  t.deepEqual([session.json.name, session.json.role], ['operator', 'operate'])
  t.regex(cookie, /^typhoon-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/)
  t.deepEqual((await look('GET /v1/session')).json, { name: 'operator', role: 'operate' })
  t.is((await look('GET /v1/topologies')).status, 200)
  t.is((await look('POST /v1/blobs/missing', { body: '{"digests":[]}' })).status, 200)
  t.is((await look('GET /v1/tokens')).status, 403)
  t.is((await open({ code })).status, 401)
})

test('a session is begun with a token, too, and with nothing else', async (t) => {
  const { open, made } = await browser(t)
  const shown = await open({}, { 'x-typhoon-token': made.read })
  t.deepEqual([shown.status, shown.json.role], [200, 'read'])
  t.is((await open({})).status, 401)
  t.is((await open({}, { 'x-typhoon-token': 'wrong' })).status, 401)
})

test('a cookie alone counts for nothing, nor does a key, nor a change whose page is not named', async (t) => {
  const { ask, headers } = await browser(t)
  const { cookie, origin, 'x-typhoon-session': key } = headers
  t.is((await ask('GET /v1/topologies', undefined, { headers: { cookie } })).status, 401)
  t.is((await ask('GET /v1/topologies', undefined, { headers: { 'x-typhoon-session': key } })).status, 401)
  const change = { body: '{"digests":[]}' }
  const nameless = { cookie, 'x-typhoon-session': key }
  t.is((await ask('POST /v1/blobs/missing', undefined, { ...change, headers: nameless })).status, 403)
  const foreign = { ...headers, origin: origin.replace(/\d+$/, '1') }
  t.is((await ask('POST /v1/blobs/missing', undefined, { ...change, headers: foreign })).status, 403)
})

const ENDS = [
  ['is ended', async ({ look }: Awaited<ReturnType<typeof browser>>) => void (await look('DELETE /v1/session'))],
  ['has lost its token', async ({ tokens }) => void (await tokens.remove('operator'))],
  ['has another token of its name', async ({ tokens }) => void (await tokens.make('operator', 'admin'))],
  ['is of yesterday', async ({ pass }) => pass(DAY_MS)],
  ['has lasted for long enough', async ({ pass }) => pass(SESSION_MS)],
] as const satisfies readonly (readonly [string, (one: Awaited<ReturnType<typeof browser>>) => Promise<void>])[]

/** What lasts. */
const STREAMS = [
  '/v1/watch',
  '/v1/watch?topology=words',
  '/v1/topologies/words/logs?follow=true',
  '/v1/topologies/words/tap',
]

for (const [how, end] of ENDS) {
  test(`a session that ${how} counts no more`, async (t) => {
    const one = await browser(t)
    t.is((await one.look('GET /v1/session')).status, 200)
    await end(one)
    t.is((await one.look('GET /v1/session')).status, 401)
  })

  test(`what lasts ends with a session that ${how}`, async (t) => {
    const one = await browser(t)
    const lasting = await Promise.all(STREAMS.map((path) => fetch(`${one.api.url}${path}`, { headers: one.headers })))
    t.true(lasting.every(({ status }) => status === 200))
    await end(one)
    const ends = await Promise.all(lasting.map((response) => response.text()))
    for (const text of ends.slice(0, 2)) t.regex(text, /event: end\ndata: .*SERVICE_UNAUTHORIZED/)
  })
}

test('what lasts ends with the token that was shown for it, and with no other', async (t) => {
  const { api, made, tokens } = await opened(t, WORDS)
  const open = (token: string) =>
    Promise.all(STREAMS.map((path) => fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${token}` } })))
  const [ofOperator, ofOwner] = [await open(made.operate), await open(made.admin)]
  await tokens.remove('operator')
  await Promise.all(ofOperator.map((response) => response.text()))
  for (const { body } of ofOwner) {
    const reader = body!.getReader()
    const isOver = await Promise.race([
      (async () => {
        for (;;) if ((await reader.read()).done) return true
      })(),
      new Promise((resolve) => setImmediate(() => resolve(false))),
    ])
    t.false(isOver)
  }
})

test('whoever watches sees all at once, and it ends with the session', async (t) => {
  const { api, headers, tokens } = await browser(t)
  const { status, body } = await fetch(`${api.url}/v1/watch`, { headers })
  t.is(status, 200)
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  const first = (await reader.read()).value ?? ''
  t.is(JSON.parse(first.replace(/^data: /, '')).topologies.length, 1)
  await tokens.remove('operator')
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    rest += value
  }
  t.regex(rest, /event: end\ndata: .*SERVICE_UNAUTHORIZED/)
})

test('so many pages look and no more; one that has gone makes room', async (t) => {
  const { api, headers } = await browser(t)
  // A response that nobody holds is given up by the collector.
  const pages: Response[] = []
  const gone = new AbortController()
  const watch = async (init: RequestInit = {}): Promise<number> => {
    const response = await fetch(`${api.url}/v1/watch`, { headers, ...init })
    pages.push(response)
    return response.status
  }
  await watch({ signal: gone.signal })
  const others = await Promise.all(Array.from({ length: MOST_WATCHERS - 1 }, () => watch()))
  t.true(others.every((status) => status === 200))
  t.is(await watch(), 503)
  gone.abort()
  for (;;) if ((await watch()) === 200) break
  t.true(pages.length > MOST_WATCHERS)
})

test('a topology that there is not is not watched', async (t) => {
  const { look } = await browser(t)
  t.is((await look('GET /v1/watch?topology=none')).status, 404)
})

test('one that reads nothing keeps nobody from anything', async (t) => {
  const { api, headers, ask, made } = await browser(t)
  const { port } = new URL(api.url)
  const socket = connect(Number(port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.pause()
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`GET /v1/watch HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  t.is((await ask('GET /v1/topologies', made.read)).status, 200)
})

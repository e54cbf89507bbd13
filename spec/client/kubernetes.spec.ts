/** Commands that go through the API server of Kubernetes, here a stand-in that knows one token and one Service. */
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { startApi } from '../../lib/api/api-server.ts'
import { Audit } from '../../lib/api/audit.ts'
import { tokensIn } from '../../lib/api/kept-tokens.ts'
import { SeenNimbus } from '../../lib/api/seen.ts'
import { Tokens } from '../../lib/api/tokens.ts'
import { kubernetesClient } from '../../lib/client/kubernetes-client.ts'
import { Authority } from '../../lib/cluster/trust/authority.ts'
import { Nimbus } from '../../lib/nimbus/nimbus.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { folderOf } from '../folder.ts'
import { reignOf } from '../nimbus/leadership/reign-of.ts'

const now = (): Date => new Date()
const ROOT = '/api/v1/namespaces/streams/services/https:words-nimbus:http/proxy'
const SECRET = '/api/v1/namespaces/streams/secrets/words-owner'

/** A service, and the token of its owner. */
async function service(t: ExecutionContext) {
  const directory = folderOf(t)
  const reign = await reignOf(directory)
  const nimbus = await Nimbus.open({ directory, reign, clock: new SimulatedClock(), now, onTrouble: () => {} })
  t.teardown(() => nimbus.close())
  const tokens = await Tokens.open(tokensIn(directory), now)
  const leading = async () => ({ seen: new SeenNimbus(nimbus), tokens })
  const api = await startApi({
    ...{ port: 0, leading, now, audit: new Audit(join(directory, 'audit.log')), version: '1.2.3' },
    onTrouble() {},
  })
  t.teardown(() => api.close())
  return { url: api.url, token: await tokens.make('owner', 'admin') }
}

interface Stands {
  /** Where it passes requests on to; undefined: nobody is there. */
  readonly url?: string | undefined
  readonly token?: string
  /** It does not pass requests on for who asks. */
  readonly forbids?: boolean
}

/** @returns the environment that leads to it */
async function apiServer(t: ExecutionContext, stands: Stands): Promise<NodeJS.ProcessEnv> {
  const authority = await Authority.open(join(folderOf(t), 'authority'), now, true)
  const wanted = { role: 'nimbus', name: 'api', hosts: ['127.0.0.1'], days: 1 } as const
  const { cert, key, ca } = await authority.issue(wanted)
  const server: Server = createServer({ cert, key }, async (request, response) => {
    const { url, token, forbids = false } = stands
    const status = (code: number, message: string): void => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Status', message }))
    }
    const { method = '', url: path = '', headers } = request
    if (headers.authorization !== 'Bearer of-ann') return status(401, 'Unauthorized')
    if (path === SECRET) {
      const data = token === undefined ? {} : { token: Buffer.from(token).toString('base64') }
      return void response.end(JSON.stringify({ metadata: { name: 'words-owner' }, data }))
    }
    if (forbids || !path.startsWith(ROOT)) return status(403, 'forbidden')
    if (url === undefined) return status(503, 'no endpoints available for service "words-nimbus"')
    // As the API server does: what was shown to it is shown to nobody else.
    const { authorization: _, host: __, connection: ___, ...passed } = headers
    const body = method === 'GET' ? undefined : await textOf(request)
    const answer = await fetch(`${url}${path.slice(ROOT.length)}`, {
      ...{ method, headers: passed as Record<string, string> },
      ...(body === undefined ? {} : { body }),
    })
    response.writeHead(answer.status).end(await answer.text())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => void server.close(() => done()))
  })
  const cluster = { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'ann', namespace: 'streams' } }],
    clusters: [
      { name: 'test', cluster: { ...cluster, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'ann', user: { token: 'of-ann' } }],
  }
  return { KUBECONFIG: join(folderOf(t, { config: JSON.stringify(config) }), 'config') }
}

test('whoever may ask the API server asks the service as its owner', async (t) => {
  const env = await apiServer(t, await service(t))
  const client = await kubernetesClient('words', {}, env)
  t.deepEqual(await client.list(), [])
  await client.makeToken('ann', 'read', 1)
  t.true((await client.tokens()).some(({ name, role }) => name === 'ann' && role === 'read'))
})

test('what the service refuses is told as it says it', async (t) => {
  const client = await kubernetesClient('words', {}, await apiServer(t, await service(t)))
  await t.throwsAsync(client.status('gone'), { code: 'TOPOLOGY_UNKNOWN' })
  const { url } = await service(t)
  const other = await kubernetesClient('words', {}, await apiServer(t, { url, token: 'wrong' }))
  await t.throwsAsync(other.list(), { code: 'SERVICE_UNAUTHORIZED' })
})

test('where no nimbus has begun, or none is ready, nobody answers', async (t) => {
  await t.throwsAsync(kubernetesClient('words', {}, await apiServer(t, {})), { code: 'SERVICE_UNREACHABLE' })
  const env = await apiServer(t, { token: 'of-nobody' })
  const client = await kubernetesClient('words', {}, env, { patienceMs: 0 })
  await t.throwsAsync(client.list(), { code: 'SERVICE_UNREACHABLE' })
})

test('where none is ready, the next one is waited for', async (t) => {
  const { url, token } = await service(t)
  const stands: { url?: string; token: string } = { token }
  const env = await apiServer(t, stands)
  const client = await kubernetesClient('words', {}, env, {
    onWait() {
      stands.url = url
    },
  })
  t.deepEqual(await client.list(), [])
})

test('who may not ask is told by the API server', async (t) => {
  const { url, token } = await service(t)
  const client = await kubernetesClient('words', {}, await apiServer(t, { url, token, forbids: true }))
  await t.throwsAsync(client.list(), { code: 'KUBERNETES_REFUSED' })
  const env = await apiServer(t, { url, token })
  await t.throwsAsync(kubernetesClient('words', { namespace: 'other' }, env), { code: 'KUBERNETES_REFUSED' })
})

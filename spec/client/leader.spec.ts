/** Whoever asks a nimbus that stands by is led to the one that leads, or to the next one. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Leading, type RunningApi, startApi } from '../../lib/api/api-server.ts'
import { Audit } from '../../lib/api/audit.ts'
import { tokensIn } from '../../lib/api/kept-tokens.ts'
import { notLeading } from '../../lib/api/refusals.ts'
import { SeenNimbus } from '../../lib/api/seen.ts'
import { Tokens } from '../../lib/api/tokens.ts'
import { Connection } from '../../lib/client/connection.ts'
import { ServiceClient } from '../../lib/client/service-client.ts'
import { Nimbus } from '../../lib/nimbus/nimbus.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { folderOf } from '../folder.ts'
import { reignOf } from '../nimbus/leadership/reign-of.ts'

const now = (): Date => new Date(Date.UTC(2030, 0, 1))

async function answering(t: ExecutionContext, leading: () => Promise<Leading>): Promise<RunningApi> {
  const api = await startApi({
    ...{ port: 0, leading, now, audit: new Audit(join(folderOf(t), 'audit.log')), version: '1.2.3' },
    onTrouble() {},
  })
  t.teardown(() => api.close())
  return api
}

/** The one that leads. */
async function leader(t: ExecutionContext) {
  const directory = folderOf(t)
  const reign = await reignOf(directory)
  const nimbus = await Nimbus.open({ directory, reign, clock: new SimulatedClock(), now, onTrouble: () => {} })
  t.teardown(() => nimbus.close())
  const tokens = await Tokens.open(tokensIn(directory), now)
  const leading = { seen: new SeenNimbus(nimbus), tokens }
  const { url } = await answering(t, async () => leading)
  return { url, leading, token: await tokens.make('owner', 'admin') }
}

/** The address of one that is not there any more. */
async function gone(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

/** One that stands by. @param address of the one that leads, as far as it knows */
async function standing(t: ExecutionContext, address: () => string | undefined): Promise<string> {
  const { url } = await answering(t, async () => {
    const known = address()
    throw notLeading(known === undefined ? undefined : { id: 'other', address: known })
  })
  return url
}

/** It asks each once. */
async function clientOf(t: ExecutionContext, server: string, token = 'none'): Promise<ServiceClient> {
  return ServiceClient.of({ server, tokenFile: join(folderOf(t, { token }), 'token') }, { patienceMs: 0 })
}

test('what is asked is asked again of the one that leads, and what comes after it at once', async (t) => {
  const { url, token } = await leader(t)
  let times = 0
  const other = await standing(t, () => {
    times++
    return url
  })
  const client = await clientOf(t, other, token)
  t.deepEqual(await client.list(), [])
  t.is(client.server, url)
  await client.makeToken('ann', 'read', undefined)
  t.is(times, 1)
  const another = await clientOf(t, other, token)
  await t.throwsAsync(another.removeToken('nobody'), { code: 'SERVICE_BAD_REQUEST' })
  await t.throwsAsync((await clientOf(t, other, 'wrong')).list(), { code: 'SERVICE_UNAUTHORIZED' })
})

test('what is too long for a service to read is told as that', async (t) => {
  const { url, token } = await leader(t)
  const long = '語'.repeat(5000)
  await t.throwsAsync((await clientOf(t, url, token)).status(long), { code: 'SERVICE_BAD_REQUEST' })
})

test('of several that are known, each is asked before it is said that nobody answers', async (t) => {
  const { url, token } = await leader(t)
  const read = new Connection({ servers: [await gone(), url], token })
  t.deepEqual(await read.ask('list'), { topologies: [] })
  const alone = new Connection({ servers: [await gone()], token })
  await t.throwsAsync(alone.ask('list'), { code: 'SERVICE_UNREACHABLE' })
})

test('where nobody is known to lead, or who is named does not answer, that is what is said', async (t) => {
  for (const address of [undefined, await gone(), 'file:///etc/passwd', 'nowhere']) {
    const client = await clientOf(t, await standing(t, () => address))
    await t.throwsAsync(client.list(), { code: 'NOT_LEADER' })
  }
})

test('one that names a leader that is gone is asked again, until it leads itself', async (t) => {
  const { leading, token } = await leader(t)
  const dead = await gone()
  let leads = false
  const { url } = await answering(t, async () => {
    if (leads) return leading
    throw notLeading({ id: 'gone', address: dead })
  })
  const options = {
    onWait(why: unknown) {
      for (const server of [url, dead]) t.true((why as Error).message.includes(server))
      leads = true
    },
  }
  for (const ask of [
    (client: Connection) => client.ask('list'),
    (client: Connection) => client.change('drainHost', { path: { name: 'none' }, body: {} }, 'typhoon hosts'),
    (client: Connection) => client.changing(() => client.once('missing', { body: { digests: [] } }), 'typhoon list'),
  ]) {
    leads = false
    const client = new Connection({ servers: [url], token }, options)
    await t.notThrowsAsync(ask(client).catch((error) => t.is(error.code, 'HOST_UNKNOWN')))
    t.is(client.server, url)
  }
})

test('two that name each other are asked once each', async (t) => {
  const urls: string[] = []
  let times = 0
  const naming = (other: number) => () => {
    times++
    return urls[other]
  }
  urls.push(await standing(t, naming(1)), await standing(t, naming(0)))
  await t.throwsAsync((await clientOf(t, urls[0]!)).list(), { code: 'NOT_LEADER' })
  t.is(times, 2)
})

test('one that stands by answers whether it is there, and no more, whoever asks', async (t) => {
  const url = await standing(t, () => 'http://127.0.0.1:1')
  const ask = async (path: string) => {
    const answer = await fetch(`${url}${path}`)
    return [answer.status, answer.status === 503 ? ((await answer.json()) as { leader: object }).leader : undefined]
  }
  t.deepEqual(await ask('/ping'), [200, undefined])
  t.deepEqual(await ask('/v1/openapi.json'), [200, undefined])
  for (const path of ['/ready', '/v1/topologies', '/api/v1/cluster/summary'])
    t.deepEqual(await ask(path), [503, { id: 'other', address: 'http://127.0.0.1:1' }])
})

/** A client says what has become of a change: it asks until somebody knows, and each change is made once. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { REQUEST_HEADER } from '../../lib/api/route.ts'
import { ServiceClient } from '../../lib/client/service-client.ts'
import { folderOf } from '../folder.ts'
import { freePort } from '../trident/state/fixtures.ts'

/** How a nimbus answers a request. */
type Manner =
  | 'takes and dies'
  | 'dies'
  | 'answers'
  | 'stands by'
  | 'cannot say'
  | 'refuses'
  | 'stands still'
  | 'is stopped'
  | 'answers half'

/** Nimbuses that make a change for each id once; each answers as the test says. */
async function cluster(t: ExecutionContext, ...manners: Manner[]) {
  const made: string[] = []
  let asked = 0
  const urls: string[] = []
  const answer = (response: ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const refuse = (response: ServerResponse, status: number, code: string): void =>
    answer(response, status, { problems: [{ code, message: code, where: {} }] })
  const take = (id: string): void => {
    if (!made.includes(id)) made.push(id)
  }
  const manner = [...manners]
  const acts: Record<Manner, (id: string, response: ServerResponse, socket: Socket) => void> = {
    'takes and dies': (id, _response, socket) => {
      take(id)
      socket.destroy()
    },
    dies: (_id, _response, socket) => void socket.destroy(),
    answers: (id, response) => {
      take(id)
      answer(response, 200, { pauseMs: 7 })
    },
    'answers half': (id, response, socket) => {
      take(id)
      response.writeHead(200, { 'content-length': 100 }).write('{"pauseMs":', () => socket.destroy())
    },
    'stands by': (_id, response) => refuse(response, 503, 'NOT_LEADER'),
    'cannot say': (id, response) => {
      take(id)
      refuse(response, 503, 'STORE_UNREACHABLE')
    },
    refuses: (_id, response) => refuse(response, 409, 'TOPOLOGY_BUSY'),
    'stands still': (id) => take(id),
    'is stopped': () => {},
  }
  for (const index of manner.keys()) {
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url === '/ready') {
        answer(response, manner[index] === 'answers' ? 200 : 503, {})
        return
      }
      if (manner[index] === 'is stopped') return
      if (request.url === '/ping') {
        answer(response, 200, {})
        return
      }
      asked++
      request.resume()
      request.on('end', () => acts[manner[index]!](String(request.headers[REQUEST_HEADER]), response, request.socket))
    }
    const server = createServer(serve).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }
  const tokenFile = join(folderOf(t, { token: 'secret' }), 'token')
  const clientOf = (patienceMs: number, servers = urls, onWait = (): void => {}): Promise<ServiceClient> =>
    ServiceClient.of({ server: servers.join(','), tokenFile }, { patienceMs, onWait })
  return { made, urls, manner, clientOf, tokenFile, asked: () => asked }
}

const LONG_MS = 60_000

for (const first of ['takes and dies', 'dies', 'cannot say', 'answers half', 'stands still'] as const)
  test(`where the leader ${first}, the next one says what has become of the change`, async (t) => {
    const { made, clientOf } = await cluster(t, first, 'answers')
    t.is(await (await clientOf(LONG_MS)).rebalance('words', { workers: 2 }, 0), 7)
    t.is(made.length, 1)
  })

for (const [what, ask] of [
  ['a change', (client) => client.activate('words')],
  ['a question', (client) => client.status('words')],
] as const satisfies readonly (readonly [string, (client: ServiceClient) => Promise<unknown>])[]) {
  for (const first of ['stands by', 'is stopped'] as const)
    test(`${what} is put to the other nimbus where one ${first}`, async (t) => {
      const { asked, clientOf } = await cluster(t, first, 'answers')
      await ask(await clientOf(LONG_MS))
      t.is(asked(), first === 'stands by' ? 2 : 1)
    })

  test(`${what} waits for one of them to lead`, async (t) => {
    const { manner, urls, clientOf, asked } = await cluster(t, 'stands by', 'stands by')
    const client = await clientOf(LONG_MS, urls, () => {
      t.is(asked(), 2)
      manner[1] = 'answers'
    })
    await ask(client)
    t.is(client.server, urls[1]!)
  })

  test(`${what} that none of several hears names all of them`, async (t) => {
    const nobody = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
    const { clientOf, urls } = await cluster(t, 'stands by')
    for (const [code, servers] of [
      ['SERVICE_UNREACHABLE', nobody],
      ['NOT_LEADER', [...nobody, ...urls]],
    ] as const) {
      const error = (await t.throwsAsync(ask(await clientOf(0, [...servers])), { code })) as Error
      for (const server of servers) t.true(error.message.includes(server), error.message)
    }
  })
}

test('one that begins again is asked again, though it stands by for a while', async (t) => {
  const { made, manner, clientOf, asked } = await cluster(t, 'takes and dies')
  const client = await clientOf(LONG_MS)
  const asking = client.kill('words', 0)
  while (asked() < 1) await new Promise((resolve) => setImmediate(resolve))
  manner[0] = 'stands by'
  while (asked() < 2) await new Promise((resolve) => setImmediate(resolve))
  manner[0] = 'answers'
  await asking
  t.is(made.length, 1)
})

test('where the service is looked up again, another nimbus may have said that it leads', async (t) => {
  const { made, urls, tokenFile } = await cluster(t, 'takes and dies', 'answers')
  const settings = { server: urls[0]!, tokenFile }
  const client = await ServiceClient.of(settings, { lookAgain: async () => ({ server: urls[1]!, tokenFile }) })
  await client.activate('words')
  t.is(made.length, 1)
})

test('where nobody says it for too long it is not known, and a command is named that tells', async (t) => {
  const { clientOf } = await cluster(t, 'takes and dies', 'stands by')
  const error = await t.throwsAsync((await clientOf(0)).activate('words'), { code: 'OUTCOME_UNKNOWN' })
  t.true((error as { hint?: string }).hint?.includes('typhoon status words'))
})

test('what is refused, or was never heard, is said at once', async (t) => {
  const { clientOf, made, asked } = await cluster(t, 'refuses', 'stands by')
  await t.throwsAsync((await clientOf(LONG_MS)).activate('words'), { code: 'TOPOLOGY_BUSY' })
  const nobody = await clientOf(LONG_MS, [`http://127.0.0.1:${await freePort()}`])
  await t.throwsAsync(nobody.activate('words'), { code: 'SERVICE_UNREACHABLE' })
  t.deepEqual([made, asked()], [[], 1])
})

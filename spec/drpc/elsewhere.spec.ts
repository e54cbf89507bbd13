/** Functions of a topology whose workers are on other hosts: these come over TLS, and so do clients of those hosts. */
import test from 'ava'
import { DRPC_RESOURCE } from '../../lib/drpc/protocol/invocations.ts'
import { startDrpc } from '../../lib/drpc/server/start-drpc.ts'
import { InvocationsClient } from '../../lib/drpc/worker/invocations-client.ts'
import { invocationsLink } from '../../lib/drpc/worker/invocations-link.ts'
import { Passage } from '../../lib/net/passage.ts'
import type { Tls } from '../../lib/net/tls.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { HOST, OTHER } from '../net/certificates.ts'
import { freePort } from '../net/free-port.ts'

test('a worker of another host answers over TLS, and clients ask at a port of their own host', async (t) => {
  const config = resolveConfig({ 'drpc.http.port': 0, 'drpc.token': 'secret', 'drpc.request.timeout.secs': 5 })
  const drpc = await startDrpc(config, ['echo'], () => {}, { host: '127.0.0.1', tls: HOST })
  t.teardown(() => drpc.close())
  const door = drpc.resources[DRPC_RESOURCE]
  t.is(door.url, drpc.elsewhere ?? '')
  const working = (tls: Tls): InvocationsClient => {
    const client = new InvocationsClient(invocationsLink(() => door, tls)).use()
    t.teardown(() => client.release())
    return client
  }
  const client = working(HOST)
  const feed = client.feed('echo', 'holder', () => {
    for (let request = feed.take(); request !== undefined; request = feed.take())
      void client.result(request.id, `${request.args}!`)
  })
  await t.throwsAsync(working(OTHER).result('1', ''), { code: 'DRPC_UNREACHABLE' })

  const port = await freePort()
  const passage = await Passage.open(port, () => ({ address: drpc.elsewhere!, tls: HOST }))
  t.teardown(() => passage.close())
  const asked = (url: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}/drpc/echo`, { method: 'POST', body: 'hello', headers })
  const authorization = 'Bearer secret'
  for (const url of [drpc.url, `http://127.0.0.1:${port}`]) {
    t.is(await (await asked(url, { authorization })).text(), 'hello!')
    t.is((await asked(url, {})).status, 401)
    t.is((await asked(url, { authorization, origin: 'http://example.org' })).status, 403)
  }
})

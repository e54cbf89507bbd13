/** A server that is given another certificate while it listens. */
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import test from 'ava'
import { Authority } from '../../lib/cluster/trust/authority.ts'
import { openServer } from '../../lib/net/server.ts'
import { clientTls, commonNameOf, type Tls } from '../../lib/net/tls.ts'
import { folderOf } from '../folder.ts'

/** Asks over a connection of its own. @returns whom the server takes it for, and the certificate that it has shown */
function ask(address: string, tls: Partial<Tls>): Promise<{ status: number; shown: string; version: string | null }> {
  return new Promise((resolve, reject) => {
    const asking = request(address, { agent: new Agent(clientTls(tls)) }, (response) => {
      const { socket } = response
      if (!(socket instanceof TLSSocket)) throw new Error('no TLS')
      const { serialNumber } = socket.getPeerCertificate()
      resolve({ status: response.statusCode ?? 0, shown: serialNumber, version: socket.getProtocol() })
      response.resume()
    })
    asking.on('error', reject)
    asking.end()
  })
}

test('it shows the new one, and knows whom it has known before', async (t) => {
  const authority = await Authority.open(join(folderOf(t), 'authority'), () => new Date(), true)
  const issue = (role: 'nimbus' | 'supervisor', name: string) =>
    authority.issue({ role, name, hosts: ['127.0.0.1'], days: 1 })
  const server = await openServer({
    ...{ host: '127.0.0.1', tls: await issue('nimbus', 'nimbus'), admitsUnknown: true, who: 'a port' },
    ...{ troubleCode: 'LINK_LOST', maxHeaderBytes: 8192, onTrouble: () => {} },
  })
  t.teardown(() => server.stop())
  server.serve({
    request: (asked, response) => {
      response.writeHead(commonNameOf(asked.socket) === 'typhoon supervisor a' ? 200 : 403).end()
    },
    upgrade: (_asked, socket) => void socket.destroy(),
  })
  const own = await issue('supervisor', 'a')
  const before = await ask(server.address, own)
  server.renew(await issue('nimbus', 'nimbus'))
  const after = await ask(server.address, own)
  t.deepEqual([before.status, after.status], [200, 200])
  t.not(after.shown, before.shown)
  t.is((await ask(server.address, { ca: authority.ca })).status, 403)
  await t.throwsAsync(ask(server.address, { ...own, maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' } as Tls))
})

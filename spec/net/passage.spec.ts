/** A passage leads from loopback to a server of TLS, for whoever shows the certificate of this process there. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import test from 'ava'
import { Passage } from '../../lib/net/passage.ts'
import { openServer } from '../../lib/net/server.ts'
import type { Tls } from '../../lib/net/tls.ts'
import { HOST, OTHER } from './certificates.ts'
import { freePort } from './free-port.ts'

async function textOf(url: string): Promise<string> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage]
  return (await response.toArray()).join('')
}

test('what is asked at the near end is answered by the far one, wherever that is just now; then the port is free', async (t) => {
  const answering = async (text: string): Promise<string> => {
    const server = await openServer({
      ...{ tls: HOST, who: 'the far end', troubleCode: 'LINK_LOST', maxHeaderBytes: 4096, onTrouble: () => {} },
    })
    server.serve({
      request: (_request, response) => void response.setHeader('connection', 'close').end(text),
      upgrade: (_request, socket) => void socket.destroy(),
    })
    t.teardown(() => server.stop())
    return server.address
  }
  const end: { address: string; tls: Tls } = { address: await answering('one'), tls: HOST }
  const port = await freePort()
  const passage = await Passage.open(port, () => end)
  const url = `http://127.0.0.1:${port}/`
  t.is(await textOf(url), 'one')
  await t.throwsAsync(
    Passage.open(port, () => end),
    { code: 'EADDRINUSE' },
  )
  end.address = await answering('two')
  t.is(await textOf(url), 'two')
  // With a certificate that the far end does not believe nothing comes through.
  end.tls = OTHER
  await t.throwsAsync(textOf(url), { code: 'ECONNRESET' })
  passage.close()
  await t.throwsAsync(textOf(url), { code: 'ECONNREFUSED' })
})

/** The ports of a host on which functions are asked, while other programs have them, and give them up. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import test from 'ava'
import { ClientDoors } from '../../lib/cluster/supervisor/client-doors.ts'
import { openServer } from '../../lib/net/server.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { HOST } from '../net/certificates.ts'

const AGAIN_MS = 1000

async function textOf(port: number): Promise<string | undefined> {
  try {
    const [response] = (await once(get(`http://127.0.0.1:${port}/`), 'response')) as [IncomingMessage]
    return (await response.toArray()).join('')
  } catch {
    return undefined
  }
}

test('a port that another program has leads to the server when that has given it up, until nobody wants it', async (t) => {
  const server = await openServer({
    ...{ tls: HOST, who: 'the functions', troubleCode: 'LINK_LOST', maxHeaderBytes: 4096, onTrouble: () => {} },
  })
  server.serve({
    request: (_request, response) => void response.setHeader('connection', 'close').end('an answer'),
    upgrade: (_request, socket) => void socket.destroy(),
  })
  t.teardown(() => server.stop())
  const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const clock = new SimulatedClock()
  const said: string[] = []
  let onSaid = (): void => {}
  const isSaid = new Promise<void>((resolve) => {
    onSaid = resolve
  })
  const log = (level: string): void => {
    said.push(level)
    onSaid()
  }
  const doors = new ClientDoors({ tls: () => HOST, clock, log })
  doors.set([{ port, address: server.address }])
  await isSaid
  await new Promise((resolve) => other.close(resolve))
  let answer: string | undefined
  while (answer === undefined) {
    await clock.advance(AGAIN_MS)
    answer = await textOf(port)
  }
  t.is(answer, 'an answer')
  t.deepEqual(said, ['info'])
  doors.close()
  await clock.advance(AGAIN_MS)
  t.is(await textOf(port), undefined)
})

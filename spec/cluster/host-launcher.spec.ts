/** How a nimbus starts the workers of a run on its hosts, which do what the test says. */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { HostLauncher } from '../../lib/cluster/hosts/host-launcher.ts'
import { Hosts } from '../../lib/cluster/hosts/hosts.ts'
import type { Hello } from '../../lib/cluster/messages.ts'
import { Authority } from '../../lib/cluster/trust/authority.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { WebSocket } from '../../lib/net/websocket.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { folderOf } from '../folder.ts'
import { FakeSocket } from './fake-socket.ts'
import { HELLO } from './messages.ts'

const NIMBUS = 'https://10.0.0.1:4000'

async function begun(t: ExecutionContext, fence: (worker: number, incarnation: number) => void = () => {}) {
  const authority = await Authority.open(join(folderOf(t), 'authority'), () => new Date(), true)
  const hosts = new Hosts({
    ...{ clock: new SimulatedClock(), leaseMs: 10_000, version: '0.1.0', topologies: () => [], expects: () => true },
    ...{ log: () => {}, onRoom: () => {}, onBrought: () => {} },
  })
  t.teardown(() => hosts.close())
  const come = (name: string, hello: Partial<Hello> = {}) => {
    const socket = new FakeSocket()
    return { host: hosts.came(name, { ...HELLO, ...hello }, socket as unknown as WebSocket), socket }
  }
  const launcher = new HostLauncher({
    ...{ hosts, authority, topology: 'words', bundle: { entry: 'a', files: [] }, run: 'run', secret: 's' },
    ...{ config: {}, resources: {}, keepsState: false, events: {}, fence, log: () => {} },
  })
  const exits: string[] = []
  const events = { onExit: ({ how }: { readonly how: string }) => void exits.push(how), onBlocked() {}, onHand() {} }
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
  }
  return { hosts, come, launcher, exits, events, until }
}

test('a worker does not begin on a host that was left while its certificate was made', async (t) => {
  const { hosts, come, launcher, events, until } = await begun(t)
  const a = come('a')
  hosts.reserve('words', 1)
  launcher.launch(1, 1, NIMBUS, events)
  hosts.leave('a', true)
  const b = come('b')
  await until(() => b.socket.of('launch').length > 0)
  t.deepEqual(a.socket.of('launch'), [])
})

test('before a worker begins, those before it may write no more; where that cannot be said it does not begin', async (t) => {
  const fenced: string[] = []
  const full = new TyphoonError('STATE_UNAVAILABLE', 'the disk is full')
  const { hosts, come, launcher, events, exits, until } = await begun(t, (worker, incarnation) => {
    fenced.push(`${worker}.${incarnation} after ${a.socket.of('launch').length} launches`)
    if (incarnation === 3) throw full
  })
  const a = come('a')
  hosts.reserve('words', 1)
  launcher.launch(1, 2, NIMBUS, events)
  await until(() => a.socket.of('launch').length > 0)
  launcher.launch(1, 3, NIMBUS, events)
  await until(() => exits.length > 0)
  t.deepEqual(fenced, ['1.2 after 0 launches', '1.3 after 1 launches'])
  t.is(a.socket.of('launch').length, 1)
})

test('a worker that is taken over on a host which is to be left moves where there is room', async (t) => {
  const { hosts, come, launcher, events, exits } = await begun(t)
  const a = come('a', { running: ['run.1.1'], draining: true })
  const b = come('b')
  t.not(hosts.orphansOf('words', 'run', 1), undefined)
  launcher.adopt(1, 1, NIMBUS, events)
  t.deepEqual(
    a.socket.sent.map(({ type }) => type).filter((type) => type === 'adopt' || type === 'kill'),
    ['adopt', 'kill'],
  )
  hosts.heard(a.host, { type: 'exit', launch: 'run.1.1', exit: { how: 'signal SIGKILL', lastWords: [] } })
  t.deepEqual(exits, ['signal SIGKILL, on host a'])
  t.is(hosts.hostOf('words', 1), b.host)
})

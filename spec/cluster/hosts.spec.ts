/** The hosts of a cluster in simulated time, with supervisors that do what the test says. */
import test, { type ExecutionContext } from 'ava'
import type { Host } from '../../lib/cluster/hosts/host.ts'
import { Hosts } from '../../lib/cluster/hosts/hosts.ts'
import type { Hello } from '../../lib/cluster/messages.ts'
import type { WebSocket } from '../../lib/net/websocket.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { FakeSocket } from './fake-socket.ts'
import { HELLO, LAUNCH } from './messages.ts'

const LEASE_MS = 3000
/** A host is lost by then. */
const LOST_MS = LEASE_MS + 2500

function begun(t: ExecutionContext) {
  const clock = new SimulatedClock()
  const said: string[] = []
  let rooms = 0
  const hosts = new Hosts({
    ...{ clock, leaseMs: LEASE_MS, version: '0.1.0' },
    topologies: () => ['words'],
    expects: (launch) => launch.startsWith('before.'),
    log: (level) => void said.push(level),
    onRoom: () => void rooms++,
    onBrought: () => {},
  })
  t.teardown(() => hosts.close())
  const come = (name: string, hello: Partial<Hello> = {}) => {
    const socket = new FakeSocket()
    const host = hosts.came(name, { ...HELLO, ...hello }, socket as unknown as WebSocket)
    return { host, socket }
  }
  /** Beats of these hosts, while the time passes. */
  const beating = async (ms: number, ...alive: readonly Host[]): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) {
      for (const host of alive) hosts.heard(host, { type: 'beat', beat: 1 })
      await clock.advance(500)
    }
  }
  return { clock, hosts, said, come, beating, rooms: () => rooms }
}

/** A worker that was launched on a host, and what was told of it. */
function launched(host: Host, launch: string) {
  const told: string[] = []
  host.launch(
    { ...LAUNCH, launch },
    {
      onExit: ({ how }) => void told.push(how),
      onBlocked: () => {},
      onHand: () => {},
      onOutput: (line) => void told.push(line),
      onWritten: () => void told.push('written'),
    },
  )
  return told
}

test('a host is welcomed with the lease and the topologies, and answered each beat', (t) => {
  const { hosts, come } = begun(t)
  const { host, socket } = come('a')
  t.deepEqual(socket.of('welcome'), [{ type: 'welcome', leaseMs: LEASE_MS, topologies: ['words'], version: '0.1.0' }])
  hosts.heard(host, { type: 'beat', beat: 7 })
  t.deepEqual(socket.of('heard'), [{ type: 'heard', beat: 7 }])
})

test('slots are given where most are free, by name where as many are, and are free again when given back', (t) => {
  const { hosts, come, rooms } = begun(t)
  come('b', { slots: 2, host: '10.0.0.3' })
  come('a', { slots: 2 })
  come('c', { slots: 3, host: '10.0.0.4' })
  const { slots, release } = hosts.reserve('words', 5)
  t.deepEqual(
    slots.map(({ supervisor }) => supervisor),
    ['c', 'a', 'b', 'c', 'a'],
  )
  t.deepEqual(
    slots.map(({ host }) => host),
    ['10.0.0.4', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.2'],
  )
  t.throws(() => hosts.reserve('other', 3), { code: 'NO_SLOTS' })
  // What has failed holds nothing.
  t.is(hosts.reserve('other', 2).slots.length, 2)
  const before = rooms()
  release()
  release()
  t.is(rooms(), before + 1)
  t.is(hosts.reserve('third', 5).slots.length, 5)
})

test('a host of which nothing is heard is lost with its workers, which get room elsewhere', async (t) => {
  const { hosts, come, beating, clock } = begun(t)
  const a = come('a')
  const b = come('b')
  hosts.reserve('words', 2)
  const told = launched(b.host, 'run.2.1')
  await beating(LEASE_MS, a.host)
  t.deepEqual(told, [])
  await beating(LOST_MS - LEASE_MS, a.host)
  t.is(told.length, 2)
  t.is(told[1], 'written')
  t.true(b.socket.isTerminated)
  t.deepEqual(hosts.all, [a.host])
  t.is(hosts.hostOf('words', 2), a.host)
  // What was about to be started there is told to be over as well.
  t.is(launched(b.host, 'run.2.2').length, 2)
  await clock.advance(0)
})

test('while a link is broken its workers live; when it comes back what has ended is told, and what is to end ends', async (t) => {
  const { hosts, come, beating } = begun(t)
  const { host, socket } = come('a')
  const [ended, killed, lives] = ['run.1.1', 'run.2.1', 'run.3.1'].map((launch) => launched(host, launch))
  hosts.left(host, socket as unknown as WebSocket)
  t.is(hosts.freeOf(host).slots, 0)
  await beating(LEASE_MS)
  host.kill('run.2.1')
  t.deepEqual([ended, killed, lives], [[], [], []])
  const again = come('a', { running: ['run.2.1', 'run.3.1', 'nobody.1.1', 'before.1.1'] })
  t.is(again.host, host)
  t.is(ended!.length, 2)
  t.deepEqual(
    again.socket
      .of('kill')
      .map(({ launch }) => launch)
      .sort(),
    ['nobody.1.1', 'run.2.1'],
  )
  t.deepEqual([...host.orphans], ['before.1.1'])
  t.deepEqual(lives, [])
  // It may come again before its link is known to have broken: then that one says nothing any more.
  const third = come('a', { running: ['run.3.1'] })
  t.true(again.socket.isTerminated && !third.socket.isTerminated)
  hosts.left(host, again.socket as unknown as WebSocket)
  t.true(host.isLinked)
})

test('lines of a worker that nobody has taken over yet are taken, so that it waits for nobody', (t) => {
  const { hosts, come } = begun(t)
  const { host, socket } = come('a', { running: ['before.1.1'] })
  hosts.heard(host, { type: 'output', launch: 'before.1.1', stream: 'stdout', line: 'a' })
  t.deepEqual(socket.of('taken'), [{ type: 'taken', launch: 'before.1.1', lines: 1 }])
})

test('a second host of a name is refused while the first one is there, and takes its place when that is silent', async (t) => {
  const { hosts, come, clock } = begun(t)
  const { host, socket } = come('a')
  t.is(hosts.objection('a')?.code, 'JOIN_REFUSED')
  t.is(hosts.objection('b'), undefined)
  await clock.advance(LEASE_MS + 500)
  t.is(hosts.objection('a'), undefined)
  hosts.heard(host, { type: 'beat', beat: 1 })
  hosts.left(host, socket as unknown as WebSocket)
  t.is(hosts.objection('a'), undefined)
})

test('another process of a name waits as long as workers of the first one may live; the same one may come at any time', async (t) => {
  const { hosts, come, clock } = begun(t)
  const { host } = come('a')
  host.process = 'first'
  const { release } = hosts.reserve('words', 1)
  const gone: string[] = []
  host.launch({ type: 'launch', launch: 'run.1.1' } as never, {
    ...{ onBlocked: () => {}, onHand: () => {}, onOutput: () => {}, onWritten: () => {} },
    onExit: ({ how }) => gone.push(how),
  })
  await clock.advance(5000)
  t.is(hosts.objection('a', 'second')?.code, 'JOIN_REFUSED')
  t.is(hosts.objection('a', 'first'), undefined)
  await clock.advance(LEASE_MS)
  t.is(gone.length, 1)
  t.is(hosts.objection('a', 'second'), undefined)
  release()
})

test('whoever waits for room is told once, when a host comes or slots are given back', (t) => {
  const { hosts, come } = begun(t)
  come('a', { slots: 1 })
  const { release } = hosts.reserve('words', 1)
  const calls: string[] = []
  hosts.whenRoom(() => void calls.push('first'))
  hosts.whenRoom(() => void calls.push('called off'))()
  release()
  come('b')
  t.deepEqual(calls, ['first'])
})

test('the workers of a host that is to be left move as far as others have room, and then it may end', (t) => {
  const { hosts, come, said } = begun(t)
  const a = come('a', { slots: 2 })
  const b = come('b', { slots: 1 })
  hosts.reserve('words', 2)
  const first = launched(a.host, 'run.1.1')
  const other = launched(a.host, 'run.3.1')
  hosts.reserve('more', 1)
  hosts.heard(a.host, { type: 'draining' })
  t.is(hosts.freeOf(a.host).slots, 0)
  t.deepEqual(a.socket.of('kill'), [])
  // Room for one.
  const c = come('c', { slots: 1 })
  t.deepEqual(
    a.socket.of('kill').map(({ launch }) => launch),
    ['run.1.1'],
  )
  const exit = { how: 'signal SIGKILL', lastWords: [], bySignal: true }
  hosts.heard(a.host, { type: 'exit', launch: 'run.1.1', exit })
  hosts.heard(a.host, { type: 'written', launch: 'run.1.1' })
  t.deepEqual(first, ['signal SIGKILL', 'written'])
  t.is(hosts.hostOf('words', 1), c.host)
  t.deepEqual(a.socket.of('drained'), [])
  come('d', { slots: 1 })
  hosts.heard(a.host, { type: 'exit', launch: 'run.3.1', exit })
  hosts.heard(a.host, { type: 'written', launch: 'run.3.1' })
  t.deepEqual(other, ['signal SIGKILL', 'written'])
  t.is(a.socket.of('drained').length, 1)
  // It leaves, and is not lost.
  said.length = 0
  hosts.left(a.host, a.socket as unknown as WebSocket)
  t.deepEqual(said, ['info'])
  t.false(hosts.all.includes(a.host))
  t.true(hosts.all.includes(b.host))
})

test('a host that is about to end says so to each nimbus that it comes to, and gets no worker of it', (t) => {
  const { hosts, come } = begun(t)
  const { host, socket } = come('a', { draining: true, running: ['before.1.1'] })
  t.is(hosts.freeOf(host).slots, 0)
  t.deepEqual(socket.of('drained'), [])
  hosts.heard(host, { type: 'exit', launch: 'before.1.1', exit: { how: 'signal SIGKILL', lastWords: [] } })
  t.is(socket.of('drained').length, 1)
  // Nothing is left of it when it comes again.
  t.is(come('a', { draining: true }).socket.of('drained').length, 1)
})

test('where workers of a topology could not begin, others are tried first for a while', async (t) => {
  const { hosts, come, beating } = begun(t)
  const a = come('a', { slots: 4 })
  const b = come('b', { slots: 2 })
  const { release } = hosts.reserve('words', 1)
  hosts.blame('words', 1)
  t.is(hosts.hostOf('words', 1), b.host)
  release()
  t.deepEqual(
    hosts.reserve('words', 3).slots.map(({ supervisor }) => supervisor),
    ['b', 'b', 'a'],
  )
  t.is(hosts.reserve('other', 1).slots[0]?.supervisor, 'a')
  await beating(10 * 60_000, a.host, b.host)
  t.is(hosts.reserve('words', 1).slots[0]?.supervisor, 'a')
})

test('functions are asked on every host for as long as their topology has its slots', (t) => {
  const { hosts, come } = begun(t)
  const { socket } = come('a')
  const { release } = hosts.reserve('words', 1)
  hosts.serve('words', { port: 3774, address: 'https://10.0.0.1:4000' })
  const late = come('b')
  release()
  const doors = (found: FakeSocket) => found.of('doors').map(({ doors }) => doors.length)
  t.deepEqual(doors(socket), [0, 1, 0])
  t.deepEqual(doors(late.socket), [1, 0])
})

/** Which hosts the workers of topologies get, and how one is left. */
import test from 'ava'
import { Hosts } from '../../lib/cluster/hosts/hosts.ts'
import { placed } from '../../lib/cluster/hosts/room.ts'
import type { Hello } from '../../lib/cluster/messages.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'

/** Hosts that are played by the test. */
function cluster() {
  let rooms = 0
  const hosts = new Hosts({
    clock: new SimulatedClock(),
    leaseMs: 10_000,
    version: '1',
    topologies: () => [],
    expects: () => false,
    log: () => {},
    onRoom: () => rooms++,
    onBrought: () => {},
  })
  const come = (name: string, offer: Partial<Hello> = {}): void => {
    const socket = { send: () => {}, terminate: () => {} }
    const hello = { type: 'hello', version: '1', host: name, slots: 2, platform: 'x' } as const
    hosts.came(name, { ...hello, cores: 2, memoryMb: 1000, running: [], ...offer }, socket as any)
  }
  return { hosts, come, rooms: () => rooms }
}

function placesOf({ slots }: { readonly slots: readonly { readonly supervisor: string }[] }): string[] {
  return slots.map(({ supervisor }) => supervisor)
}

test('each worker gets the host with the most free slots', (t) => {
  const { hosts, come } = cluster()
  come('a', { slots: 1 })
  come('b', { slots: 3 })
  t.deepEqual(placesOf(hosts.reserve('one', 3)), ['b', 'b', 'a'])
  t.throws(() => hosts.reserve('two', 2), { code: 'NO_SLOTS' })
  t.deepEqual(placesOf(hosts.reserve('two', 1)), ['b'])
})

test('a worker gets a host that has what it says that it needs; what does not fit waits, and says why', (t) => {
  const { hosts, come } = cluster()
  come('large', { slots: 2, memoryCapacityMb: 4000 })
  come('small', { slots: 9, cores: 1 })
  t.deepEqual(placesOf(hosts.reserve('memory', 1, { cpu: 0, memory: 2500 })), ['large'])
  t.throws(() => hosts.reserve('more', 1, { cpu: 0, memory: 2500 }), { code: 'NO_SLOTS' })
  t.deepEqual(placesOf(hosts.reserve('cpu', 2, { cpu: 90, memory: 0 })), ['small', 'large'])
  t.deepEqual(placesOf(hosts.reserve('plain', 3)), ['small', 'small', 'small'])
  t.throws(() => hosts.reserve('much', 1, { cpu: 201, memory: 0 }), { code: 'NO_SLOTS' })
})

test('what a topology gives back is room for others', (t) => {
  const { hosts, come, rooms } = cluster()
  come('a', { slots: 1 })
  const { release } = hosts.reserve('one', 1, { cpu: 150, memory: 0 })
  const before = rooms()
  release()
  t.true(rooms() > before)
  t.deepEqual(placesOf(hosts.reserve('two', 1, { cpu: 150, memory: 0 })), ['a'])
})

test('a host that is to be left gets no worker until it is taken back, also when it comes again', (t) => {
  const { hosts, come } = cluster()
  come('a')
  come('b')
  hosts.reserve('one', 2)
  t.throws(() => hosts.check('c'), { code: 'HOST_UNKNOWN' })
  hosts.check('a')
  hosts.leave('a', true)
  come('a')
  t.true(hosts.get('a')!.isDraining)
  t.is(hosts.hostOf('one', 1)?.name, 'b')
  t.throws(() => hosts.reserve('two', 1), { code: 'NO_SLOTS' })
  hosts.leave('a', false)
  t.deepEqual(placesOf(hosts.reserve('two', 1)), ['a'])
})

test('those that do not all fit elsewhere, and need different things, stay', (t) => {
  t.is(placed([SMALL, SMALL], [{ slots: 1, cpu: 100, memory: 100 }]), 1)
  t.is(placed([LARGE, SMALL], [{ slots: 9, cpu: 60, memory: 0 }]), 0)
  t.is(
    placed(
      [SMALL, LARGE, SMALL],
      [
        { slots: 2, cpu: 20, memory: 0 },
        { slots: 1, cpu: 90, memory: 0 },
      ],
    ),
    3,
  )
  t.is(placed([], []), 0)
})

const SMALL = { cpu: 10, memory: 0 }
const LARGE = { cpu: 90, memory: 0 }

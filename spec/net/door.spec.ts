import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { mock } from 'node:test'
import test from 'ava'
import { Door } from '../../lib/net/door.ts'

/** A connection that can end. */
class Connection extends EventEmitter {
  static #ports = 0
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = ++Connection.#ports
  destroyed = false

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

/** Longer than any test lasts. */
const LONG_MS = 1_000_000

/** A door, and who comes to it. */
function doorWith(strangers: number, patienceMs = LONG_MS) {
  const server = new EventEmitter()
  const door = new Door(server as Server, { strangers, patienceMs })
  const come = (): Connection => {
    const connection = new Connection()
    server.emit('connection', connection)
    return connection
  }
  const admit = (connection: Connection): void => door.admit(connection as unknown as Duplex)
  return { door, come, admit }
}

/** What came before is read, and then strangers are counted. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('where strangers are too many, those go that have been there longest', async (t) => {
  const { door, come } = doorWith(2)
  const [first, second, third] = [come(), come(), come()]
  await turns()
  t.deepEqual([first.destroyed, second.destroyed, third.destroyed], [true, false, false])
  t.is(door.strangers, 2)
})

test('those that have said something go last', async (t) => {
  const { door, come } = doorWith(2)
  const speaking = [come(), come(), come()]
  const silent = [come()]
  for (const socket of speaking) door.heard(socket as unknown as Duplex)
  await turns()
  t.deepEqual(silent[0]!.destroyed, true)
  t.deepEqual(
    speaking.map(({ destroyed }) => destroyed),
    [true, false, false],
  )
})

test('there are never more than twice as many, however many come at once', (t) => {
  const { door, come } = doorWith(10)
  for (let count = 0; count < 1000; count++) {
    come()
    t.true(door.strangers <= 20)
  }
})

test('whoever was let in counts no more, however many strangers come', async (t) => {
  const { door, come, admit } = doorWith(2)
  const known = come()
  admit(known)
  const strangers = Array.from({ length: 100 }, come)
  await turns()
  t.false(known.destroyed)
  t.is(strangers.filter(({ destroyed }) => !destroyed).length, 2)
  for (const stranger of strangers) stranger.destroy()
  t.is(door.strangers, 0)
})

test.serial('a stranger has so much time, and who was let in has more', (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
  t.teardown(() => mock.timers.reset())
  const { door, come, admit } = doorWith(10, 1000)
  const [known, stranger] = [come(), come()]
  admit(known)
  mock.timers.tick(999)
  t.false(stranger.destroyed)
  mock.timers.tick(1)
  mock.timers.tick(1)
  t.deepEqual([known.destroyed, stranger.destroyed], [false, true])
  t.is(door.strangers, 0)
})

/** The simulated network keeps the contract of links, and does to them what it is told, the same for the same seed. */
import test from 'ava'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import type { Link } from '../../lib/messaging/link.ts'
import { SimulatedNetwork, type SimulatedOptions } from '../../lib/testing/network/simulated-network.ts'
import { Prng } from '../../lib/util/prng.ts'
import { DIALER, LISTENER, linkContract } from '../contract/links.ts'
import { EventClock } from '../messaging/clocks.ts'

function automatic(options: Partial<SimulatedOptions> = {}): SimulatedNetwork {
  return new SimulatedNetwork({ clock: new EventClock({ runsByItself: true }), prng: new Prng(1), ...options })
}

linkContract({ name: 'in process', network: automatic })
linkContract({ name: 'in process with delays', network: () => automatic({ delayMs: { min: 1, max: 20 } }) })

/** A clock that waits for the test, a network on it, and a link; each frame notes when it came and what it was. */
async function scene(options: Partial<SimulatedOptions> & { seed?: number } = {}) {
  const clock = new EventClock({ runsByItself: false })
  const network = new SimulatedNetwork({ clock, prng: new Prng(options.seed ?? 1), ...options })
  let up: Link | undefined
  const onLink = (link: Link): void => {
    up = link
  }
  const listener = await network.listen({ identity: LISTENER, accept: () => undefined, onLink })
  const dialling = network.dial(listener.address, DIALER, { worker: 1 })
  clock.run(100)
  const down = await dialling
  const log: [number, string][] = []
  const listen = (link: Link, name: string): void => {
    link.onFrame((frame) => log.push([clock.now(), `${name} ${String(frame.at(-5))}`]))
    link.onClose((reason) => log.push([clock.now(), `${name} ${reason === undefined ? 'done' : reason.message}`]))
  }
  listen(up!, 'up')
  listen(down, 'down')
  return { clock, network, address: listener.address, up: up!, down, log }
}

/** A frame of tuples whose last byte is `number`. */
function tuples(number: number): Uint8Array {
  return encodeFrame({ kind: 'tuples', sequence: number, body: Uint8Array.of(number) })
}

test('nothing happens before the clock says so', async (t) => {
  const { clock, down, log } = await scene({ delayMs: { min: 10, max: 10 } })
  down.send(tuples(1))
  clock.run(109)
  t.deepEqual(log, [])
  t.is(down.bufferedBytes, 13)
  clock.run(110)
  t.deepEqual(log, [[110, 'up 1']])
  t.is(down.bufferedBytes, 0)
})

test('frames keep their order whatever their delays, and the same seed gives the same times', async (t) => {
  const run = async (seed: number): Promise<[number, string][]> => {
    const { clock, down, log } = await scene({ delayMs: { min: 1, max: 50 }, seed })
    for (let i = 0; i < 100; i++) {
      clock.run(100 + i)
      down.send(tuples(i))
    }
    clock.run(1000)
    return log
  }
  const first = await run(7)
  t.deepEqual(first.map(([, what]) => what), Array.from({ length: 100 }, (_, i) => `up ${i}`)) // biome-ignore format: one line
  t.deepEqual(await run(7), first)
  t.notDeepEqual(await run(8), first)
})

test('frames of tuples are lost as often as was asked for, the others and the end never', async (t) => {
  const { clock, down, log } = await scene({ loss: 0.3, seed: 5 })
  for (let i = 0; i < 1000; i++) down.send(tuples(i % 10))
  for (let i = 0; i < 50; i++) down.send(encodeFrame({ kind: 'pulse', sequence: 99 * 2 ** 40 }))
  void down.close()
  clock.run(100)
  const arrived = log.filter(([, what]) => /^up \d$/.test(what)).length
  t.true(arrived > 640 && arrived < 760, `${arrived} of 1000 arrived`)
  t.is(log.filter(([, what]) => what === 'up 99').length, 50)
  t.deepEqual(log.at(-1), [100, 'up done'])
})

test('a cut cable loses what is under way, and both ends notice later', async (t) => {
  const { clock, network, address, up, down, log } = await scene({ delayMs: { min: 10, max: 10 } })
  down.send(tuples(1))
  network.cut(2, 1)
  up.send(tuples(2))
  clock.run(110)
  t.deepEqual(log, [
    [110, 'down the link to worker 1 (incarnation 1) broke: the cable was cut'],
    [110, 'up the link to worker 2 (incarnation 3) broke: the cable was cut'],
  ])
  const dialling = network.dial(address, DIALER, { worker: 1 })
  clock.run(200)
  await t.throwsAsync(dialling, { code: 'LINK_LOST' })
  network.heal(1, 2)
  const again = network.dial(address, DIALER, { worker: 1 })
  clock.run(300)
  t.deepEqual((await again).peer, LISTENER)
})

test('a cut cable does not touch other workers', async (t) => {
  const { clock, network, down, log } = await scene()
  network.cut(1, 3)
  down.send(tuples(1))
  clock.run(100)
  t.deepEqual(log, [[100, 'up 1']])
})

test('a worker that crashes hears nothing, its peers notice, and it can start again', async (t) => {
  const { clock, network, address, up, down, log } = await scene({ delayMs: { min: 10, max: 10 } })
  const orphan = network.dial('simulated:77', LISTENER, { worker: 5 })
  down.send(tuples(1))
  network.crash(1)
  up.send(tuples(2))
  clock.run(200)
  t.deepEqual(log, [[110, 'down the link to worker 1 (incarnation 1) broke: its process died']])
  await t.throwsAsync(orphan, { code: 'LINK_LOST' })
  const dialling = network.dial(address, DIALER, { worker: 1 })
  clock.run(300)
  await t.throwsAsync(dialling, { code: 'LINK_LOST' })
  const next = { ...LISTENER, incarnation: 2 }
  await network.listen({ identity: next, port: 1, accept: () => undefined, onLink: () => {} })
  const again = network.dial(address, DIALER, { worker: 1, incarnation: 2 })
  clock.run(400)
  t.deepEqual((await again).peer, next)
})

test('a listener that throws a defect does not swallow the frames behind it', async (t) => {
  const { clock, up, down, log } = await scene()
  up.onFrame((frame) => {
    if (frame.at(-5) === 1) throw new Error('defect')
    log.push([clock.now(), `up ${String(frame.at(-5))}`])
  })
  for (const number of [0, 1, 2, 3]) down.send(tuples(number))
  t.throws(() => clock.run(100), { message: 'defect' })
  clock.run(100)
  t.deepEqual(log.map(([, what]) => what), ['up 0', 'up 2', 'up 3']) // biome-ignore format: one line
})

test('however often a link breaks, each end is told once', async (t) => {
  const { clock, network, down, log } = await scene()
  network.cut(1, 2)
  network.cut(1, 2)
  network.crash(3)
  void down.close({ code: 'INTERNAL', message: 'own reason', where: {} })
  clock.run(200)
  t.deepEqual(
    log.map(([, what]) => what),
    ['down own reason', 'up the link to worker 2 (incarnation 3) broke: the cable was cut'],
  )
})

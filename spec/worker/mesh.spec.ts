import test from 'ava'
import fc from 'fast-check'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import type { Link } from '../../lib/messaging/link.ts'
import { Tuple } from '../../lib/tuple/tuple.ts'
import { Meshes, source, type TestMesh } from './meshes.ts'

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}

test('every two workers are linked both ways, and each gets what is sent to it, in order', async (t) => {
  const meshes = new Meshes(3, { delayMs: { min: 1, max: 9 } })
  const all = await meshes.startAll()
  t.true(all.every(({ mesh }) => mesh.isComplete))
  for (const value of range(0, 100)) {
    for (const from of all) for (const to of all) if (from !== to) from.send(to.worker, value)
    if (value % 7 === 0) await meshes.go(1)
  }
  await meshes.go()
  for (const to of all) {
    for (const from of all) if (from !== to) t.deepEqual(to.got.get(from.worker), range(0, 100))
    t.deepEqual(to.lost, [])
  }
  t.true(all.every(({ mesh }) => mesh.isEmpty))
})

test('frames are counted for each link: when nothing is under way the sent ones are the received ones', async (t) => {
  const meshes = new Meshes(2)
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  one.send(2, 'a')
  t.false(one.mesh.isEmpty)
  one.mesh.flush()
  t.true(one.mesh.isEmpty)
  t.deepEqual(one.mesh.counts().sent, [{ peer: 2, frames: 1 }])
  t.deepEqual(two.mesh.counts().received, [{ peer: 1, frames: 0 }])
  await meshes.go()
  t.deepEqual(two.mesh.counts().received, [{ peer: 1, frames: 1 }])
})

test('what is sent before there is a link waits and arrives first', async (t) => {
  const meshes = new Meshes(2)
  const one = await meshes.start(1)
  one.send(2, 'early')
  one.mesh.flush()
  t.false(one.mesh.isEmpty)
  const two = await meshes.start(2)
  meshes.tellAll()
  await meshes.go()
  one.send(2, 'late')
  await meshes.go()
  t.deepEqual(two.got.get(1), ['early', 'late'])
  t.deepEqual(one.lost, [])
})

test('when a link breaks both ends are told once, and dial again until the cable is mended; what was sent meanwhile arrives', async (t) => {
  const meshes = new Meshes(2)
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  meshes.network.cut(1, 2)
  await meshes.go(10)
  t.false(one.mesh.isComplete)
  one.send(2, 'meanwhile')
  await meshes.go(10_000)
  for (const end of [one, two])
    t.deepEqual(
      end.lost.map(({ incarnation, code }) => [incarnation, code]),
      [[1, 'LINK_LOST']],
    )
  meshes.network.heal(1, 2)
  await meshes.go(5_000)
  t.true(one.mesh.isComplete && two.mesh.isComplete)
  t.deepEqual(two.got.get(1), ['meanwhile'])
})

test('a frame that was lost is noticed: by the next one, or by the pulse where it was the last', async (t) => {
  const meshes = new Meshes(2, { loss: 1 })
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  one.send(2, 'lost')
  one.mesh.flush()
  await meshes.clock.advance(100)
  t.deepEqual(two.lost, [])
  one.mesh.pulse()
  await meshes.clock.advance(100)
  t.deepEqual(
    two.lost.map(({ code }) => code),
    ['FRAME_LOST'],
  )
  t.deepEqual(
    one.lost.map(({ code }) => code),
    ['FRAME_LOST'],
  )
  t.true(one.mesh.isComplete)
})

/** Five seconds without a word; eight looks. */
const SHORT = { 'topology.worker.timeout.secs': 5, 'topology.worker.stall.limit.secs': 5 }

test('a link that is open and carries nothing is dropped after the timeout, and dialed anew', async (t) => {
  const meshes = new Meshes(2, { config: SHORT })
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  const lookAlone = async (): Promise<void> => {
    one.mesh.pulse()
    await meshes.clock.advance(625)
  }
  for (let look = 1; look <= 8; look++) await lookAlone()
  t.deepEqual(one.lost, [])
  await lookAlone()
  t.deepEqual(
    one.lost.map(({ worker, code }) => [worker, code]),
    [[2, 'LINK_SILENT']],
  )
  await meshes.clock.advance(10)
  t.deepEqual(
    two.lost.map(({ worker, code }) => [worker, code]),
    [[1, 'LINK_SILENT']],
  )
  t.deepEqual([one.unheard, two.unheard], [[2], [2]])
  await meshes.go(1000)
  t.true(one.mesh.isComplete && two.mesh.isComplete)
})

test('a link that has nothing to carry says so now and then, and stays', async (t) => {
  const meshes = new Meshes(2, { config: SHORT })
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  for (let second = 1; second <= 60; second++) await meshes.go(1000)
  t.deepEqual([one.lost, two.lost], [[], []])
})

test('a frame whose bytes were changed on the way breaks its link and is counted, and nothing of it arrives', async (t) => {
  const meshes = new Meshes(2)
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  meshes.network.setDamage(1)
  for (const bit of range(0, 20)) {
    one.send(2, `row ${bit}`)
    await meshes.go(200)
  }
  t.is(two.got.get(1), undefined)
  t.true(two.mesh.badFrames > 0 && two.lost.every(({ code }) => code === 'BAD_FRAME' || code === 'LINK_LOST'))
  meshes.network.setDamage(0)
  await meshes.go(200)
  one.send(2, 'sound')
  await meshes.go(200)
  t.deepEqual(two.got.get(1), ['sound'])
})

test('whatever is lost, changed, cut, mended and crashed: each tuple arrives, in order and once, or a loss was reported after it was sent', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 2, max: 3 }),
      fc.constantFrom(0, 0.05),
      fc.constantFrom(0, 0.02),
      async (seed, workers, loss, damage) => {
        const meshes = new Meshes(workers, { seed, loss, damage, delayMs: { min: 0, max: 30 } })
        const alive = await meshes.startAll()
        const { random } = meshes
        /** What was sent between two workers and how many losses either of them had reported by then. */
        const sent: { from: TestMesh; to: TestMesh; value: number; losses: number }[] = []
        const everyone = [...alive]
        const losses = (a: number, b: number): number =>
          everyone.reduce(
            (sum, { worker, lost }) =>
              sum +
              lost.filter((one) => (worker === a && one.worker === b) || (worker === b && one.worker === a)).length,
            0,
          )
        for (let value = 0; value < 120; value++) {
          const [from, to] = random.shuffle(alive) as [TestMesh, TestMesh]
          sent.push({ from, to, value, losses: losses(from.worker, to.worker) })
          from.send(to.worker, value)
          const what = random.below(40)
          if (what < 12) await meshes.go(random.below(20))
          if (what === 12) {
            const [a, b] = random.shuffle(alive) as [TestMesh, TestMesh]
            meshes.network.cut(a.worker, b.worker)
            await meshes.go(random.below(60))
            meshes.network.heal(a.worker, b.worker)
          }
          if (what === 13) {
            const index = random.below(alive.length)
            const { worker } = alive[index]!
            meshes.crash(worker)
            await meshes.go(random.below(40))
            const made = await meshes.start(worker)
            alive[index] = made
            everyone.push(made)
            meshes.tellAll()
          }
        }
        meshes.network.setDamage(0)
        for (let i = 0; i < 40; i++) await meshes.go(200)
        if (!alive.every(({ mesh }) => mesh.isComplete)) return false
        for (const { from, to, value, losses: before } of sent) {
          // What was sent from or to an incarnation that died is the supervisor's to tell.
          if (!alive.includes(from) || !alive.includes(to)) continue
          const arrived = to.got.get(from.worker)?.includes(value) ?? false
          if (!arrived && losses(from.worker, to.worker) === before) return false
        }
        return alive.every(({ got }) =>
          [...got.values()].every((values) =>
            values.every((value, index) => index === 0 || (values[index - 1] as number) < (value as number)),
          ),
        )
      },
    ),
    { numRuns: 40 },
  )
  t.pass()
})

test('a worker that was replaced: its links are told as lost, the next incarnation is dialed, the old one is refused', async (t) => {
  const meshes = new Meshes(2)
  const [one] = (await meshes.startAll()) as [TestMesh, TestMesh]
  meshes.crash(2)
  const next = await meshes.start(2)
  // The nimbus is faster than the broken connection.
  meshes.tellAll()
  t.deepEqual(one.lost, [{ worker: 2, incarnation: 1, code: 'LINK_LOST' }])
  one.send(2, 'for the next')
  await meshes.go()
  t.true(one.mesh.isComplete && next.mesh.isComplete)
  t.deepEqual(next.got.get(1), ['for the next'])
  t.is(one.lost.length, 1)
  const old = meshes.network.dial(one.address, { run: 'run', worker: 2, incarnation: 1 }, { worker: 1 })
  await meshes.clock.advance(10)
  await t.throwsAsync(old, { code: 'REFUSED' })
  const stranger = meshes.network.dial(one.address, { run: 'run', worker: 9, incarnation: 1 }, { worker: 1 })
  await meshes.clock.advance(10)
  await t.throwsAsync(stranger, { code: 'REFUSED' })
})

/** Dials a mesh as if from worker 2, and hears nothing. */
async function dialAs2(meshes: Meshes, one: TestMesh): Promise<Link> {
  const dialed = meshes.network.dial(one.address, { run: 'run', worker: 2, incarnation: 1 }, { worker: 1 })
  await meshes.clock.advance(1)
  const link = await dialed
  link.onFrame(() => {})
  return link
}

test('a peer that dials while its old link seems open has lost that one: what was on it may be gone, so a loss is told', async (t) => {
  const meshes = new Meshes(2)
  const [one] = (await meshes.startAll()) as [TestMesh, TestMesh]
  one.send(2, 'under way')
  one.mesh.flush()
  await dialAs2(meshes, one)
  t.deepEqual(one.lost, [{ worker: 2, incarnation: 1, code: 'LINK_LOST' }])
})

test('a malformed frame closes the links to that peer, is counted, and hurts nobody else', async (t) => {
  const meshes = new Meshes(3)
  const [one, , three] = (await meshes.startAll()) as [TestMesh, TestMesh, TestMesh]
  const writer = new TupleBatchWriter({ maxFrameBytes: 1_000_000 })
  // Well-formed, but tuples come on the links that this worker has dialed, and not on those that it was dialed on.
  writer.add(1, new Tuple(['x'], source(2), 0, 0, 0, 0, 0, undefined))
  const frames = [
    Uint8Array.of(99, 1, 2, 3),
    encodeFrame({ kind: 'control', message: {} }),
    encodeFrame({ kind: 'tuples', sequence: 1, body: writer.take()! }),
  ]
  for (const [index, frame] of frames.entries()) {
    const link = await dialAs2(meshes, one)
    link.send(frame)
    await meshes.go(200)
    t.is(one.mesh.badFrames, index + 1)
    t.is(one.lost.at(-1)!.code, 'BAD_FRAME')
  }
  t.deepEqual(three.lost, [])
  t.true(one.mesh.isComplete)
})

test('a link over whose limit something waits is full, and free when half of it has gone', async (t) => {
  const meshes = new Meshes(2, { config: { 'topology.transfer.buffer.bytes': 65_536 } })
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  for (let i = 0; i < 10; i++) one.send(2, 'x'.repeat(10_000))
  one.mesh.flush()
  t.deepEqual(one.full, [[2, true]])
  await meshes.go()
  t.deepEqual(one.full, [
    [2, true],
    [2, false],
  ])
  t.is(two.got.get(1)!.length, 10)
})

test('what waits for a link that is not there is bounded too, and whoever was held is free once it has left', async (t) => {
  const meshes = new Meshes(2, { config: { 'topology.transfer.buffer.bytes': 65_536 } })
  const one = await meshes.start(1)
  for (let i = 0; i < 20; i++) {
    one.send(2, 'x'.repeat(10_000))
    one.mesh.flush()
  }
  t.deepEqual(one.full, [[2, true]])
  const two = await meshes.start(2)
  meshes.tellAll()
  await meshes.go()
  await meshes.go()
  t.is(two.got.get(1)!.length, 20)
  t.deepEqual(one.full.at(-1), [2, false])
})

test('congestion is told to the peers, and again where a link is new', async (t) => {
  const meshes = new Meshes(2)
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  one.own.push(1)
  one.mesh.tellCongestion(1, true)
  await meshes.go()
  t.deepEqual(two.congested, [[[1], true]])
  meshes.network.cut(1, 2)
  await meshes.go()
  meshes.network.heal(1, 2)
  await meshes.go(5_000)
  t.deepEqual(two.congested, [
    [[1], true],
    [[1], true],
  ])
  one.mesh.tellCongestion(1, false)
  await meshes.go()
  t.deepEqual(two.congested.at(-1), [[1], false])
})

test('congestion that is over when a turn ends is told to nobody', async (t) => {
  const meshes = new Meshes(2)
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  one.mesh.tellCongestion(1, true, true)
  one.mesh.tellCongestion(1, false, true)
  one.mesh.flush()
  await meshes.go()
  t.deepEqual(two.congested, [])
  one.mesh.tellCongestion(1, true, true)
  one.mesh.flush()
  await meshes.go()
  t.deepEqual(two.congested, [[[1], true]])
})

test('a mesh that closes in good order tells nobody of a loss, delivers what it had sent, and is not dialed for ever', async (t) => {
  const meshes = new Meshes(2)
  const [one, two] = (await meshes.startAll()) as [TestMesh, TestMesh]
  one.send(2, 'last words')
  one.mesh.flush()
  const closed = one.mesh.close()
  await meshes.clock.advance(100)
  await closed
  t.deepEqual(two.got.get(1), ['last words'])
  t.deepEqual([one.lost, two.lost], [[], []])
})

test('however often a mesh hears of a worker that it cannot reach, it dials it no more often', async (t) => {
  const meshes = new Meshes(2)
  await meshes.startAll()
  let dials = 0
  const dial = meshes.network.dial.bind(meshes.network)
  meshes.network.dial = (...whom) => {
    dials++
    return dial(...whom)
  }
  meshes.network.cut(1, 2)
  for (let time = 0; time < 20; time++) {
    await meshes.go(10)
    meshes.tellAll()
  }
  dials = 0
  await meshes.go(60_000)
  // Each of the two meshes: a few times, later and later, after the last word of the nimbus, then every 2 s.
  t.true(dials > 0 && dials <= 2 * (30 + 8), `${dials} dials`)
})

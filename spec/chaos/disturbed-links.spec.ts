/** Links that can be disturbed keep the contract of links, and are cut and late as they are told to be. */
import test from 'ava'
import { DisturbedNetwork } from '../../lib/chaos/processes/disturbed-links.ts'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import { webSocketNetwork } from '../../lib/messaging/websocket.ts'
import { connect, DIALER, LISTENER, linkContract } from '../contract/links.ts'

const real = webSocketNetwork({ secret: 'a-secret-of-the-run', maxFrameBytes: 16 * 1024 * 1024 })
const CALM = { isCut: () => false, lateMs: () => 0 }

linkContract({ name: 'disturbed, calm', network: () => new DisturbedNetwork(real, CALM) })
linkContract({ name: 'disturbed, late', network: () => new DisturbedNetwork(real, { ...CALM, lateMs: () => 5 }) })

const frame = (message: object): Uint8Array => encodeFrame({ kind: 'control', message })

test('a link that is cut ends at both ends, and none is made until it is healed', async (t) => {
  let isCut = false
  const network = new DisturbedNetwork(real, { ...CALM, isCut: (worker) => isCut && worker === DIALER.worker })
  const { listener, up, down } = await connect(network)
  t.teardown(() => listener.close())
  const ends = Promise.all(
    [up, down].map((link) => new Promise<string | undefined>((resolve) => link.onClose((why) => resolve(why?.code)))),
  )
  isCut = true
  network.changed(LISTENER.worker)
  t.deepEqual(await ends, ['LINK_LOST', 'LINK_LOST'])
  await t.throwsAsync(network.dial(listener.address, DIALER, { worker: LISTENER.worker }), { code: 'REFUSED' })
  isCut = false
  await (await network.dial(listener.address, DIALER, { worker: LISTENER.worker })).close()
})

test('what is late comes in its order, also what is sent when nothing is late any more', async (t) => {
  let lateMs = 30
  const network = new DisturbedNetwork(real, { ...CALM, lateMs: () => lateMs })
  const { listener, up, down } = await connect(network)
  t.teardown(() => Promise.all([up.close(), listener.close()]))
  const came: Uint8Array[] = []
  const all = new Promise<void>((resolve) =>
    up.onFrame((bytes) => {
      came.push(Uint8Array.from(bytes))
      if (came.length === 3) resolve()
    }),
  )
  const sent = [{ n: 1 }, { n: 2 }, { n: 3 }].map(frame)
  down.send(sent[0]!)
  down.send(sent[1]!)
  t.true(down.bufferedBytes >= sent[0]!.length + sent[1]!.length)
  lateMs = 0
  down.send(sent[2]!)
  await all
  t.deepEqual(
    came,
    sent.map((one) => Uint8Array.from(one)),
  )
})

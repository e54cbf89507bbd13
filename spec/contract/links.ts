/**
 * What every implementation of the port `Link` owes (lib/messaging/link.ts): run it with `linkContract` from the spec
 * of each. No test waits for time to pass.
 */
import test, { type ExecutionContext } from 'ava'
import type { ErrorCode } from '../../lib/errors/catalogue.ts'
import { type Problem, TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { Identity, Link, Listener, ListenOptions, Network } from '../../lib/messaging/link.ts'
import { sealed } from '../messaging/foreign.ts'

export interface LinkContract {
  /** In the titles. */
  name: string
  /** A network of its own for each test. */
  network(): Network
  /** A network that meets the other's listeners but has another secret, where there are secrets. */
  stranger?: () => Network
}

export const RUN = 'run-1'
export const LISTENER: Identity = { run: RUN, worker: 1, incarnation: 1 }
export const DIALER: Identity = { run: RUN, worker: 2, incarnation: 3 }

/** Both ends of an open link: `up` was accepted, `down` has dialled. */
export interface Pair {
  listener: Listener
  up: Link
  down: Link
}

export async function connect(network: Network, options: Partial<ListenOptions> = {}, dialer = network): Promise<Pair> {
  let accept: (link: Link) => void = () => {}
  const accepted = new Promise<Link>((resolve) => {
    accept = resolve
  })
  const listener = await network.listen({ identity: LISTENER, accept: () => undefined, onLink: accept, ...options })
  const down = await dialer.dial(listener.address, DIALER, { worker: LISTENER.worker })
  return { listener, down, up: await accepted }
}

export async function disconnect({ listener, up, down }: Pair): Promise<void> {
  await Promise.all([up.close(), down.close()])
  await listener.close()
}

/** The next frames of a link, as many as are asked for. */
export function frames(link: Link, count: number): Promise<Uint8Array[]> {
  return new Promise((resolve) => {
    const seen: Uint8Array[] = []
    link.onFrame((frame) => {
      seen.push(frame)
      if (seen.length === count) resolve(seen)
    })
  })
}

export function closed(link: Link): Promise<Problem | undefined> {
  return new Promise((resolve) => link.onClose(resolve))
}

/** A frame that the network takes for nothing special. */
function frame(text: string): Uint8Array {
  return Buffer.from(`!${text}`)
}

function texts(seen: readonly Uint8Array[]): string[] {
  return seen.map((bytes) => Buffer.from(bytes).toString('latin1').slice(1))
}

const REASON: Problem = { code: 'WORKER_GAVE_UP', message: 'worker 1 kept dying', where: {} }

async function refused(t: ExecutionContext, dialling: Promise<Link>, code: ErrorCode, message: RegExp): Promise<void> {
  await t.throwsAsync(dialling, { instanceOf: TyphoonError, code, message })
}

/** Declares the tests of one implementation. */
export function linkContract(contract: LinkContract): void {
  const { name } = contract

  /** Gives each test a pair of its own and closes it. */
  const withPair = (title: string, body: (t: ExecutionContext, pair: Pair) => Promise<void>): void => {
    test.serial(`${name}: ${title}`, async (t) => {
      const pair = await connect(contract.network())
      await body(t, pair)
      await disconnect(pair)
    })
  }

  withPair('both ends know who is at the other', async (t, { up, down }) => {
    t.deepEqual(up.peer, DIALER)
    t.deepEqual(down.peer, LISTENER)
  })

  withPair('frames arrive in order, in both directions', async (t, { up, down }) => {
    const atDown = frames(down, 3)
    const atUp = frames(up, 3)
    for (const text of ['1', '22', '333']) {
      up.send(frame(`down ${text}`))
      down.send(frame(`up ${text}`))
    }
    t.deepEqual(texts(await atDown), ['down 1', 'down 22', 'down 333'])
    t.deepEqual(texts(await atUp), ['up 1', 'up 22', 'up 333'])
  })

  withPair('ten thousand small frames arrive in order', async (t, { up, down }) => {
    const sent = Array.from({ length: 10_000 }, (_, index) => String(index))
    const arrived = frames(down, sent.length)
    for (const text of sent) up.send(frame(text))
    t.deepEqual(texts(await arrived), sent)
  })

  withPair('large frames arrive unchanged, in both directions', async (t, { up, down }) => {
    const large = Buffer.alloc(5 * 1024 * 1024, 'large frame ')
    const arrived = Promise.all([frames(up, 1), frames(down, 1)])
    up.send(large)
    down.send(large)
    for (const [bytes] of await arrived) t.true(large.equals(bytes!))
  })

  test.serial(`${name}: frames that come before anybody listens are kept`, async (t) => {
    const options = { identity: LISTENER, accept: () => undefined }
    const network = contract.network()
    const onLink = (link: Link): void => {
      link.send(frame('early'))
      link.send(frame('bird'))
    }
    const listener = await network.listen({ ...options, onLink })
    const down = await network.dial(listener.address, DIALER, { worker: 1 })
    t.deepEqual(texts(await frames(down, 2)), ['early', 'bird'])
    await down.close()
    await listener.close()
  })

  withPair('frames that nobody has listened to yet come before the end', async (t, { up, down }) => {
    const order: string[] = []
    const end = closed(down).then(() => order.push('end'))
    for (let i = 0; i < 3; i++) up.send(frame(`${i}`))
    await up.close()
    down.onFrame((bytes) => order.push(...texts([bytes])))
    await end
    t.deepEqual(order, ['0', '1', '2', 'end'])
  })

  withPair('many frames that nobody listens to yet are all there later', async (t, { up, down }) => {
    const block = 'x'.repeat(64 * 1024)
    for (let i = 0; i < 100; i++) up.send(frame(`${i} ${block}`))
    const answer = frames(up, 1)
    down.send(frame('ping'))
    await answer
    const seen = texts(await frames(down, 100))
    t.deepEqual(seen.map((text) => text.slice(0, -block.length - 1)), Array.from({ length: 100 }, (_, i) => `${i}`)) // biome-ignore format: one line
  })

  withPair('an orderly end has no reason, at both ends', async (t, { up, down }) => {
    const ends = Promise.all([closed(up), closed(down)])
    void down.close()
    t.deepEqual(await ends, [undefined, undefined])
  })

  withPair('the reason of an end arrives at both ends, and after what was sent', async (t, { up, down }) => {
    const arrived = frames(down, 2)
    const ends = Promise.all([closed(up), closed(down)])
    up.send(frame('a'))
    up.send(frame('b'))
    void up.close(REASON)
    t.deepEqual(texts(await arrived), ['a', 'b'])
    const [own, theirs] = await ends
    t.deepEqual(own, REASON)
    t.deepEqual(theirs, { code: REASON.code, message: REASON.message, where: { worker: LISTENER.worker } })
  })

  withPair('the end is told once, to a late listener too, and the first reason stays', async (t, { up, down }) => {
    let told = 0
    up.onClose(() => told++)
    const end = closed(down)
    const gone = up.close(REASON)
    void up.close()
    await end
    await gone
    await down.close()
    t.is(told, 1)
    t.deepEqual(await closed(up), REASON)
    t.is((await closed(down))?.code, REASON.code)
  })

  withPair('send after the end is harmless, and nothing waits any more', async (t, { up, down }) => {
    let late = 0
    const end = closed(down)
    down.onFrame(() => late++)
    const gone = up.close()
    up.send(frame('late'))
    t.is(up.bufferedBytes, 0)
    await end
    down.send(frame('later'))
    await gone
    t.is(late, 0)
    t.is(down.bufferedBytes, 0)
  })

  withPair(
    'what is buffered goes down to nothing, and whoever waits for room is called once',
    async (t, { up, down }) => {
      const arrived = frames(down, 50)
      const block = frame('x'.repeat(256 * 1024))
      for (let i = 0; i < 50; i++) up.send(block)
      t.true(up.bufferedBytes > 1024)
      let calls = 0
      await new Promise<void>((resolve) => {
        up.onWritable(1024, () => {
          calls++
          t.true(up.bufferedBytes <= 1024)
          up.onWritable(0, resolve)
        })
        t.is(calls, 0)
      })
      t.is(up.bufferedBytes, 0)
      await arrived
      t.is(calls, 1)
      up.onWritable(0, () => calls++)
      t.is(calls, 2)
    },
  )

  withPair('whoever waits for room is called when the link ends, after the end was told', async (t, { up }) => {
    const order: string[] = []
    up.onClose(() => order.push('end'))
    up.send(frame('x'.repeat(8 * 1024 * 1024)))
    up.onWritable(0, () => order.push('writable'))
    void up.close()
    t.deepEqual(order, ['end', 'writable'])
  })

  withPair(
    'a listener that finds a frame malformed closes the link, and both ends hear why',
    async (t, { up, down }) => {
      const ends = Promise.all([closed(up), closed(down)])
      let seen = 0
      down.onFrame(() => {
        seen++
        throw new TyphoonError('BAD_FRAME', 'no sense in it')
      })
      up.send(frame('a'))
      up.send(frame('b'))
      const [theirs, own] = await ends
      t.deepEqual(own, { code: 'BAD_FRAME', message: 'no sense in it', where: { worker: LISTENER.worker } })
      t.deepEqual(theirs, { code: 'BAD_FRAME', message: 'no sense in it', where: { worker: DIALER.worker } })
      t.is(seen, 1)
    },
  )

  withPair('a malformed bye frame closes the link, and both ends hear why', async (t, { up, down }) => {
    const ends = Promise.all([closed(up), closed(down)])
    up.send(sealed([5, 9, 1]))
    t.deepEqual((await ends).map((end) => [end?.code, end?.message]), [
      ['BAD_FRAME', 'a bye frame ends within its code'],
      ['BAD_FRAME', 'a bye frame ends within its code'],
    ]) // biome-ignore format: a table
  })

  withPair('a listener that closes lets go of its port, and open links live on', async (t, { listener, up, down }) => {
    await listener.close()
    const again = connect(contract.network(), { port: Number(/\d+$/.exec(listener.address)![0]) })
    const arrived = frames(up, 1)
    down.send(frame('still here'))
    t.deepEqual(texts(await arrived), ['still here'])
    await disconnect(await again)
  })

  refusals(contract)
}

function refusals({ name, network, stranger }: LinkContract): void {
  test.serial(`${name}: a peer that is not accepted is refused, and is told why`, async (t) => {
    const asked: Identity[] = []
    const accept = (peer: Identity): Problem => {
      asked.push(peer)
      return { code: 'REFUSED', message: 'incarnation 3 was replaced\nby 4', where: {} }
    }
    const links: Link[] = []
    const net = network()
    const listener = await net.listen({ identity: LISTENER, accept, onLink: (link) => links.push(link) })
    await refused(t, net.dial(listener.address, DIALER, { worker: 1 }), 'REFUSED', /incarnation 3 was replaced\sby 4/)
    t.deepEqual(asked, [DIALER])
    t.deepEqual(links, [])
    await listener.close()
  })

  test.serial(`${name}: processes of different runs refuse each other`, async (t) => {
    const net = network()
    const listener = await net.listen({ identity: LISTENER, accept: () => undefined, onLink: () => t.fail() })
    const foreign = { ...DIALER, run: 'another run' }
    await refused(t, net.dial(listener.address, foreign, { worker: 1 }), 'REFUSED', /worker 1.*another run/)
    await listener.close()
  })

  test.serial(`${name}: a dialer that reaches somebody else hangs up`, async (t) => {
    const net = network()
    const listener = await net.listen({ identity: LISTENER, accept: () => undefined, onLink: () => {} })
    const dial = (expect: { worker: number; incarnation?: number }): Promise<Link> =>
      net.dial(listener.address, DIALER, expect)
    await refused(t, dial({ worker: 4 }), 'REFUSED', /worker 1 \(incarnation 1\) answers, not worker 4/)
    await refused(
      t,
      dial({ worker: 1, incarnation: 2 }),
      'REFUSED',
      /incarnation 1.* answers, not worker 1 \(incarnation 2\)/,
    )
    const link = await dial({ worker: 1, incarnation: 1 })
    t.deepEqual(link.peer, LISTENER)
    await link.close()
    await listener.close()
  })

  test.serial(`${name}: a dial to where nobody listens fails`, async (t) => {
    const net = network()
    const listener = await net.listen({ identity: LISTENER, accept: () => undefined, onLink: () => t.fail() })
    await listener.close()
    await refused(t, net.dial(listener.address, DIALER, { worker: 1 }), 'LINK_LOST', /worker 1/)
  })

  test.serial(`${name}: a port that is taken is named`, async (t) => {
    const net = network()
    const options = { identity: LISTENER, accept: () => undefined, onLink: () => {} }
    const listener = await net.listen(options)
    const port = Number(/\d+$/.exec(listener.address)![0])
    await t.throwsAsync(net.listen({ ...options, port }), { code: 'PORT_TAKEN', message: new RegExp(`port ${port}:`) })
    await listener.close()
  })

  if (stranger === undefined) return
  test.serial(`${name}: whoever lacks the secret is refused`, async (t) => {
    const listener = await network().listen({ identity: LISTENER, accept: () => undefined, onLink: () => t.fail() })
    await refused(t, stranger().dial(listener.address, DIALER, { worker: 1 }), 'REFUSED', /secret/)
    await listener.close()
  })
}

import test from 'ava'
import { OutputHold } from '../../lib/worker/output-hold.ts'

interface Later {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/** Two components, output that is written when the test says so, and how often a turn was asked for. */
function held() {
  const components = [{ heldBy: 0 }, { heldBy: 1 }]
  const it = {
    components,
    written: undefined as Later | undefined,
    wakes: 0,
    heldBy: () => components.map(({ heldBy }) => heldBy),
  }
  const hold = new OutputHold(
    components,
    () => it.written?.promise,
    () => it.wakes++,
  )
  return { it, hold }
}

function later(): Later {
  let resolve!: Later['resolve']
  let reject!: Later['reject']
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('nothing is held where all output has left', (t) => {
  const { it, hold } = held()
  t.false(hold.holds())
  t.deepEqual(it.heldBy(), [0, 1])
})

for (const end of ['resolve', 'reject'] as const) {
  test(`components are held until the output has left, once, and then a turn is taken (${end})`, async (t) => {
    const { it, hold } = held()
    const written = later()
    it.written = written
    t.true(hold.holds())
    t.true(hold.holds())
    t.deepEqual(it.heldBy(), [1, 2])
    it.written = undefined
    t.true(hold.holds())
    written[end](new Error('the pipe is gone'))
    await settled()
    t.deepEqual(it.heldBy(), [0, 1])
    t.is(it.wakes, 1)
    t.false(hold.holds())
  })
}

test('what is printed in the turn after it is held again', async (t) => {
  const { it, hold } = held()
  it.written = later()
  hold.holds()
  it.written.resolve()
  it.written = later()
  await settled()
  t.true(hold.holds())
  t.deepEqual(it.heldBy(), [1, 2])
})

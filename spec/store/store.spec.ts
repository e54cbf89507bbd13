/** The embedded store: whole transactions or none, and bytes that were changed are never taken for values. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import fc from 'fast-check'
import { checkFile } from '../../lib/store/environment/check-file.ts'
import type { RecordKind } from '../../lib/store/format/store-options.ts'
import { openStore, type Store } from '../../lib/store/store.ts'
import { folderOf } from '../folder.ts'
import { filled } from './filled-store.ts'

const WRITER = fileURLToPath(new URL('store-writer.js', import.meta.url))

function open(directory: string): Store {
  return openStore(directory, { sync: 'none' })
}

function put(store: Store, values: Readonly<Record<string, unknown>>): void {
  store.transaction((writer) => {
    for (const [key, value] of Object.entries(values)) writer.put(key, value)
  })
}

test('a transaction whose callback throws writes nothing, and its error is the callback’s', (t) => {
  const store = open(folderOf(t))
  put(store, { a: 1 })
  t.throws(
    () =>
      store.transaction((writer) => {
        writer.put('a', 2)
        writer.put('b', 2)
        t.is(store.get('a'), 2, 'what it wrote is seen within it')
        throw new Error('of my own')
      }),
    { message: 'of my own' },
  )
  t.deepEqual([...store.range('')], [['a', 1]])
})

test('what cannot be sent is refused, and nothing of its transaction is written', (t) => {
  const store = open(folderOf(t))
  const circle: unknown[] = []
  circle.push({ circle })
  for (const value of [() => 1, [Symbol('s')], new (class Secret {})(), circle]) {
    t.throws(() => put(store, { before: 1, value }), { code: 'CANNOT_ENCODE' })
  }
  t.deepEqual([...store.range('')], [])
})

class Point {
  readonly x: number
  readonly y: unknown

  constructor(x: number, y: unknown) {
    this.x = x
    this.y = y
  }
}

const POINTS: RecordKind<Point> = {
  tag: 200,
  type: Point,
  write({ x, y }, writer) {
    writer.write(x)
    writer.write(y)
  },
  read: (reader) => new Point(reader.next() as number, reader.next()),
}

test('instances of the classes that a store is opened with come back as such, those within them too', async (t) => {
  const store = openStore(folderOf(t), { sync: 'none', records: [POINTS] })
  const point = new Point(-1, new Point(2 ** 40, { a: [undefined, 'ä'] }))
  put(store, { point })
  t.deepEqual(store.get('point'), point)
  t.deepEqual([...store.range('')], [['point', point]])
  await store.close()
})

test('an instance of any other class is what it is to JSON', async (t) => {
  const store = open(folderOf(t))
  class Dated {
    toJSON = () => ({ at: 1 })
  }
  put(store, { dated: new Dated() })
  t.deepEqual(store.get('dated'), { at: 1 })
  await store.close()
})

test('a range gives the keys with a prefix, in their order', (t) => {
  const store = open(folderOf(t))
  put(store, { b: 1, ab: 2, aa: 3, a: 4, A: 5, [`a${'x'.repeat(1000)}`]: 6 })
  t.deepEqual(
    [...store.range('a')].map(([, value]) => value),
    [4, 3, 2, 6],
  )
  t.deepEqual([...store.range('c')], [])
})

test('a directory that is opened twice in a process is one store, until both are closed', async (t) => {
  const directory = folderOf(t)
  const [first, second] = [open(directory), open(directory)]
  put(first, { a: 1 })
  t.is(second.get('a'), 1)
  await first.close()
  await first.close()
  put(second, { a: 2 })
  await second.close()
  const third = open(directory)
  t.is(third.get('a'), 2)
  await third.close()
})

test('a directory that is open cannot be opened with another promise of what is on the disk', async (t) => {
  const directory = folderOf(t)
  const store = open(directory)
  t.throws(() => openStore(directory, { sync: 'commit' }), { code: 'INTERNAL' })
  await store.close()
  await openStore(directory, { sync: 'commit' }).close()
})

test('a directory is free again when its close is over, and not before', async (t) => {
  const directory = folderOf(t)
  const closing = open(directory).close()
  t.throws(() => open(directory), { code: 'STATE_UNAVAILABLE' })
  await closing
  await open(directory).close()
})

test('whatever is written and removed, the file passes its check', async (t) => {
  const step = fc.dictionary(fc.string({ maxLength: 4 }), fc.option(fc.string({ size: 'large', maxLength: 9000 })))
  const root = folderOf(t)
  let stores = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const directory = join(root, `${++stores}`)
      const model = new Map<string, unknown>()
      let store = open(directory)
      for (const [index, changes] of steps.entries()) {
        store.transaction((writer) => {
          for (const [key, value] of Object.entries(changes)) {
            if (value === null) writer.remove(key)
            else writer.put(key, value)
          }
        })
        for (const [key, value] of Object.entries(changes)) {
          if (value === null) model.delete(key)
          else model.set(key, value)
        }
        checkFile(join(directory, 'data.mdb'))
        if (index % 3 === 2) {
          await store.close()
          store = open(directory)
        }
      }
      const found = new Map(store.range(''))
      await store.close()
      return found.size === model.size && [...model].every(([key, value]) => found.get(key) === value)
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('a store whose file was emptied or deleted is damaged, and not a new one', async (t) => {
  const directory = folderOf(t)
  await filled(directory)
  const file = join(directory, 'data.mdb')
  truncateSync(file, 0)
  t.like(
    t.throws(() => open(directory)),
    { code: 'STATE_CORRUPT', where: { file } },
  )
  rmSync(file)
  t.throws(() => open(directory), { code: 'STATE_CORRUPT' })
})

test('a store of another format is refused', async (t) => {
  const directory = folderOf(t)
  await filled(directory)
  writeFileSync(join(directory, 'format'), 'typhoon store 99\n')
  t.throws(() => open(directory), { code: 'STATE_FORMAT' })
})

test('a directory that cannot be made, or is a file, is unavailable', (t) => {
  const directory = folderOf(t)
  appendFileSync(join(directory, 'file'), 'no directory')
  t.throws(() => open(join(directory, 'file')), { code: 'STATE_UNAVAILABLE' })
  t.throws(() => open(join(directory, 'file', 'below')), { code: 'STATE_UNAVAILABLE' })
})

test('a directory that may not be written is unavailable', (t) => {
  if (process.getuid?.() === 0) {
    t.log('root may write everywhere')
    return t.pass()
  }
  const directory = folderOf(t)
  chmodSync(directory, 0o500)
  t.throws(() => open(join(directory, 'store')), { code: 'STATE_UNAVAILABLE' })
  chmodSync(directory, 0o700)
})

test('a transaction for which the disk has no room is an error; what was there stays, and goes on when there is room', async (t) => {
  if (process.platform === 'win32') return t.pass()
  const directory = folderOf(t)
  // A limit on the size of files has the effect of a full disk, for any user, on any machine. In units of 1024 bytes.
  const child = spawn('bash', ['-c', `ulimit -f 512; exec "${process.execPath}" "${WRITER}" fill "${directory}"`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const piece of child.stdout) said += piece
  const { code, transactions, readable } = JSON.parse(said)
  t.is(code, 'STATE_UNAVAILABLE')
  t.true(transactions > 0)
  t.is(readable, transactions, 'after the failed one all earlier ones can be read in the same process')
  t.true(statSync(join(directory, 'data.mdb')).size <= 512 * 1024)
  const store = open(directory)
  t.is([...store.range('n')].length, transactions)
  put(store, { more: 'x'.repeat(1_000_000) })
  await store.close()
  checkFile(join(directory, 'data.mdb'))
})

test('a process that is killed while it writes leaves whole transactions', async (t) => {
  const directory = folderOf(t)
  let last = -1
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [WRITER, 'count', directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    const gone = once(child, 'exit')
    let confirmed = -1
    for await (const line of createInterface({ input: child.stdout })) {
      confirmed = Number(line)
      if (confirmed >= last + 20 + round) child.kill('SIGKILL')
    }
    await gone
    const store = open(directory)
    const found = ['a', 'b', 'c'].map((key) => store.get(key) as number)
    await store.close()
    t.true(
      found.every((value) => value === found[0]),
      `${found}`,
    )
    t.true(found[0]! >= confirmed, 'what was confirmed is there')
    last = found[0]!
  }
  t.true(existsSync(join(directory, 'data.mdb')))
})

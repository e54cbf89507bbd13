/** The workers of a host, as processes that write; the nimbus is the test. */
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import type { FromSupervisor } from '../../lib/cluster/messages.ts'
import { HostWorkers } from '../../lib/cluster/supervisor/host-workers.ts'
import { folderOf } from '../folder.ts'
import { LAUNCH } from './messages.ts'

/** More than the pipe of a process holds. */
const LINES = 4000
const LINE = 'x'.repeat(100)
/** So many may be on their way. */
const MOST_UNTAKEN = 256
const CODE = 'name: words'
const DIGEST = createHash('sha256').update(CODE).digest('hex')
const BUNDLE = {
  entry: 'words.yaml',
  files: [{ path: 'words.yaml', digest: DIGEST, bytes: CODE.length, executable: false }],
}
/** A worker that writes one line, and all others when it gets a line of its stdin beside the bootstrap. */
const WRITER = `
import { createInterface } from 'node:readline'
let lines = 0
console.log('begun')
createInterface({ input: process.stdin }).on('line', () => {
  if (++lines < 2) return
  for (let n = 0; n < ${LINES}; n++) console.log('${LINE}')
  process.stdin.destroy()
})`

/** One worker that has begun. */
async function begun(t: ExecutionContext) {
  const directory = folderOf(t, { 'writer.mjs': WRITER })
  const said = new EventEmitter()
  const link = { isThere: true }
  const lines: string[] = []
  const workers = new HostWorkers({
    ...{ directory, own: directory, workerModule: join(directory, 'writer.mjs'), host: '127.0.0.1' },
    fetch: async () => Readable.from([Buffer.from(CODE)]),
    give: async () => {},
    say(message: FromSupervisor) {
      if (message.type === 'output' && link.isThere) lines.push(message.line)
      said.emit(message.type)
      if (message.type === 'output') said.emit(`${lines.length} lines`)
      return link.isThere
    },
  })
  t.teardown(() => workers.killAll())
  const first = once(said, '1 lines')
  workers.launch({ ...LAUNCH, bundle: BUNDLE, keepsState: false })
  await first
  /** Any address: this worker goes nowhere, and takes it for a sign to write. */
  const write = (): void => workers.adopt({ type: 'adopt', launch: LAUNCH.launch, nimbus: 'https://127.0.0.1:1' })
  return { workers, said, link, lines, write }
}

test('a worker that writes while no nimbus is there waits for none, and ends', async (t) => {
  const { workers, said, link, lines, write } = await begun(t)
  link.isThere = false
  workers.linkBroken()
  const written = once(said, 'written')
  write()
  await written
  t.deepEqual(lines, ['begun'])
  t.deepEqual(workers.running, [])
})

test('what was left out is counted before the next line', async (t) => {
  const { workers, said, link, lines, write } = await begun(t)
  link.isThere = false
  workers.linkBroken()
  const unheard = once(said, '1 lines')
  write()
  await unheard
  link.isThere = true
  const written = once(said, 'written')
  said.on('output', () => queueMicrotask(() => workers.taken(LAUNCH.launch, 1)))
  await written
  const [, note = '', ...others] = lines
  t.is(Number(/^\d+/.exec(note)?.[0]) + others.length, LINES)
  t.true(others.every((line) => line === LINE))
})

test('a nimbus that takes nothing holds the worker back, until it does or is gone', async (t) => {
  const { workers, said, link, lines, write } = await begun(t)
  const full = once(said, `${MOST_UNTAKEN} lines`)
  write()
  await full
  link.isThere = false
  const written = once(said, 'written')
  workers.linkBroken()
  await written
  t.true(lines.length < LINES)
})

test('a worker whose code is still on its way when another nimbus takes over ends, and no process begins', async (t) => {
  const directory = folderOf(t, { 'never.mjs': 'process.stdout.write("begun")' })
  const said: FromSupervisor[] = []
  const ends = new EventEmitter()
  let arrive = (): void => {}
  const workers = new HostWorkers({
    ...{ directory, own: directory, workerModule: join(directory, 'never.mjs'), host: '127.0.0.1' },
    give: async () => {},
    fetch: () =>
      new Promise((resolve) => {
        arrive = () => resolve(Readable.from([Buffer.from(CODE)]))
        ends.emit('asked')
      }),
    say(message) {
      said.push(message)
      return ends.emit(message.type)
    },
  })
  const asked = once(ends, 'asked')
  workers.launch({ ...LAUNCH, bundle: BUNDLE, keepsState: false })
  await asked
  workers.adopt({ type: 'adopt', launch: LAUNCH.launch, nimbus: 'https://127.0.0.1:1' })
  const written = once(ends, 'written')
  arrive()
  await written
  t.deepEqual(
    said.map(({ type }) => type),
    ['exit', 'written'],
  )
  t.deepEqual(workers.running, [])
})

/**
 * `typhoon shell`: what a component in a child process can rely on beyond the contract of the protocol, in processes of
 * their own.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { FromChild } from '../../lib/multilang/wire/messages.ts'
import { serializerOf } from '../../lib/multilang/wire/serializers.ts'
import { BOUND_MS } from '../bound.ts'

const COMMAND = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))
const HERE = fileURLToPath(new URL('.', import.meta.url))

const CONTEXT = {
  'task->component': { 1: 'source', 2: 'it', 3: 'it', 4: 'sink' },
  taskid: 3,
  componentid: 'it',
  streams: ['default'],
  'stream->outputfields': { default: ['value'] },
  'stream->target->grouping': { default: { sink: { type: 'LOCAL_OR_SHUFFLE' } } },
  'source->stream->grouping': { source: { default: { type: 'FIELDS', fields: ['value'] } } },
  'source->stream->fields': { source: { default: ['value'] } },
}

interface ParentOptions {
  readonly conf?: object
  readonly args?: readonly string[]
  readonly serializer?: 'json' | 'msgpack'
}

/** A parent of one child, as the tests need it. */
class Parent {
  readonly messages: FromChild[] = []
  stderr = ''
  readonly child: ChildProcessWithoutNullStreams
  readonly #serializer
  readonly #news = new EventEmitter()
  readonly ended: Promise<number | null>

  constructor(component: string, { args = [], serializer = 'json' }: ParentOptions = {}) {
    this.#serializer = serializerOf(serializer)
    const className =
      component === component.toLowerCase() || component.includes('#')
        ? component
        : `./shell-child-components.js#${component}`
    this.child = spawn(process.execPath, [COMMAND, 'shell', className, ...args], {
      cwd: HERE,
      env: { ...process.env, NO_COLOR: '1', TYPHOON_SERIALIZER: serializer },
      stdio: 'pipe',
      timeout: BOUND_MS,
      killSignal: 'SIGKILL',
    })
    const sink = {
      message: (one: FromChild) => void this.messages.push(one),
      stray: (line: string) => this.messages.push({ stray: line }),
    }
    const decoder = this.#serializer.decoder(sink, 1 << 24)
    this.child.stdout.on('data', (bytes: Buffer) => {
      decoder.push(bytes)
      this.#news.emit('news')
    })
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.child.stdin.on('error', () => {})
    this.ended = once(this.child, 'close').then(([code]) => {
      this.#news.emit('news')
      return code as number | null
    })
  }

  send(...messages: object[]): void {
    this.child.stdin.write(Buffer.concat(messages.map((one) => Buffer.from(this.#serializer.encode(one as FromChild)))))
  }

  /** Tuples from task 1, with ids from 1 up. */
  tuples(...values: unknown[]): void {
    this.send(...values.map((value, index) => tuple(String(index + 1), value)))
  }

  /** The messages, when there are so many of one command. */
  async whenThere(command: string, count = 1): Promise<FromChild[]> {
    for (;;) {
      const found = this.messages.filter((one) => one.command === command)
      if (found.length >= count) return found
      if (this.child.exitCode !== null)
        throw new Error(`no ${command}: ${JSON.stringify(this.messages)} ${this.stderr}`)
      await once(this.#news, 'news')
    }
  }

  /** Closes the input. @returns the exit code */
  end(): Promise<number | null> {
    this.child.stdin.end()
    return this.ended
  }
}

/** A child that has got its handshake. */
function parentOf(component: string, options: ParentOptions = {}): Parent {
  const parent = new Parent(component, options)
  parent.send({
    conf: { 'topology.name': 'tests', 'typhoon.version': '0', ...options.conf },
    pidDir: null,
    context: CONTEXT,
  })
  return parent
}

function tuple(id: string, value: unknown, stream = 'default') {
  return { id, comp: 'source', stream, task: 1, tuple: [value] }
}

const HEARTBEAT = { id: '-1', comp: null, stream: '__heartbeat', task: -1, tuple: [] }
const logsOf = (messages: readonly FromChild[]) =>
  messages.filter(({ command }) => command === 'log').map(({ msg }) => msg)
const withoutLogs = (messages: readonly FromChild[]) =>
  messages.filter(({ command, pid }) => command !== 'log' && pid === undefined)
const ack = (id: string) => ({ command: 'ack', id })

async function endsQuietly(t: ExecutionContext, parent: Parent): Promise<void> {
  t.is(await parent.end(), 0)
  t.is(parent.stderr, '')
}

test('constructor arguments are JSON where they are JSON, and else text; one may begin with a dash', async (t) => {
  const parent = parentOf('Given', { args: ['--', '1', '{"a":[true]}', '-x', 'a b'] })
  parent.tuples('any')
  await endsQuietly(t, parent)
  t.deepEqual(withoutLogs(parent.messages)[0]!['tuple'], [[1, { a: [true] }, '-x', 'a b']])
})

test('a component that comes with Typhoon goes by its name', async (t) => {
  const child = spawn(process.execPath, [COMMAND, 'shell', 'IdentityBolt', '{"fields":["value"]}'])
  child.stdin.end()
  t.deepEqual(await once(child, 'close'), [0, null])
})

for (const [title, className, code] of [
  ['a module that is not there', './nowhere.js#Bolt', 'FILE_NOT_FOUND'],
  ['an export that is not there', './shell-child-components.js#Nothing', 'UNKNOWN_EXPORT'],
  ['something that is no component', './shell-child-components.js#notAComponent', 'NOT_A_COMPONENT'],
]) {
  test(`${title} is told on stderr, and nothing on stdout`, async (t) => {
    const parent = parentOf(className!)
    t.is(await parent.ended, 3)
    t.true(parent.stderr.startsWith(`error[${code}]`), parent.stderr)
    t.deepEqual(parent.messages, [])
  })
}

test('the pid comes first, and what is printed becomes log messages', async (t) => {
  const parent = parentOf('Prints')
  parent.tuples('any')
  await endsQuietly(t, parent)
  const [first, ...rest] = parent.messages
  t.deepEqual(first, { pid: parent.child.pid!, end_of_input: true })
  t.deepEqual(
    rest.filter(({ command }) => command === 'log').map(({ msg, level }) => [msg, level]),
    [
      ['loaded', 2],
      ['at debug', 1],
      ['a warning', 3],
      ['{ a: 1 }', 4],
      ['two', 2],
      ['lines and more', 2],
      ['no end of line', 2],
    ],
  )
})

test('at the end of its input a child does what it has read, cleans up and exits with 0', async (t) => {
  const parent = parentOf('Later')
  parent.tuples(1, 2, 3)
  await endsQuietly(t, parent)
  t.deepEqual(withoutLogs(parent.messages), [ack('1'), ack('2'), ack('3')])
  t.is(logsOf(parent.messages).at(-1), 'cleaned up')
})

test('a child that waits for task ids ends quietly when its input does', async (t) => {
  const parent = parentOf('Asks')
  parent.tuples(1)
  await parent.whenThere('emit')
  await endsQuietly(t, parent)
  t.is(logsOf(parent.messages).at(-1), 'cleaned up')
})

test('SIGTERM ends a child as the end of its input does, whatever it waits for; SIGINT is left to the parent', async (t) => {
  const parent = parentOf('Asks')
  parent.tuples(1)
  await parent.whenThere('emit')
  parent.child.kill('SIGINT')
  parent.send(HEARTBEAT)
  await parent.whenThere('sync')
  parent.child.kill('SIGTERM')
  t.is(await parent.ended, 0)
  t.is(parent.stderr, '')
  t.is(logsOf(parent.messages).at(-1), 'cleaned up')
})

test('a child whose input ends before the handshake exits with 0', async (t) => {
  await endsQuietly(t, new Parent('Later'))
})

test('an exception of prepare is reported, and the exit code is 1', async (t) => {
  const parent = parentOf('Unprepared')
  t.is(await parent.ended, 1)
  t.is(parent.messages[0]!.pid, parent.child.pid)
  t.regex(String((await parent.whenThere('error'))[0]!['msg']), /^Error: not today\n {4}at .*shell-child-components/)
})

test('what goes wrong before the pid is told on stderr', async (t) => {
  const parent = new Parent('Later')
  parent.send({ conf: {}, pidDir: '/no/such/folder', context: CONTEXT })
  t.is(await parent.ended, 1)
  t.regex(parent.stderr, /ENOENT.*no.such.folder/)
})

for (const [what, message] of [
  ['width', /\b1\b.*\(value\).*\b2\b/],
  ['stream', /no stream "elsewhere"/],
  ['value', /\b0\b.*function/],
] as const) {
  test(`an emit that cannot be sent throws where it stands, which fails the tuple: ${what}`, async (t) => {
    const parent = parentOf('Mistakes')
    parent.tuples(what)
    await endsQuietly(t, parent)
    const [error, ...rest] = withoutLogs(parent.messages)
    t.regex(String(error!['msg']), message)
    t.deepEqual(rest, [{ command: 'fail', id: '1' }])
  })
}

test('the first ack of a tuple counts, and what is anchored to it later is refused', async (t) => {
  const parent = parentOf('Mistakes')
  parent.tuples('twice', 'late')
  await endsQuietly(t, parent)
  const [first, second, error, ...rest] = withoutLogs(parent.messages)
  t.deepEqual([first, second], [ack('1'), ack('2')])
  t.regex(String(error!['msg']), /\backed\b/)
  t.deepEqual(rest, [])
})

test('the error of a fail goes directly before it', async (t) => {
  const parent = parentOf('Mistakes')
  parent.tuples('reason')
  await endsQuietly(t, parent)
  const [error, fail] = withoutLogs(parent.messages)
  t.regex(String(error!['msg']), /^Error: the reason/)
  t.deepEqual(fail, { command: 'fail', id: '1' })
})

test('a bolt reads its input by the fields of its source, and anchors to it', async (t) => {
  const parent = parentOf('Mistakes')
  parent.tuples('made')
  await endsQuietly(t, parent)
  const [emit] = withoutLogs(parent.messages)
  t.deepEqual(emit, { command: 'emit', stream: 'default', need_task_ids: false, anchors: ['1'], tuple: ['made'] })
})

test('one promise of execute holds the next tuple back; a heartbeat is answered at once meanwhile', async (t) => {
  const parent = parentOf('Gate')
  parent.tuples('wait', 'go')
  parent.send(HEARTBEAT)
  await parent.whenThere('sync')
  t.deepEqual(withoutLogs(parent.messages), [{ command: 'sync' }])
  parent.child.kill('SIGTERM')
  t.is(await parent.ended, 0)
})

test('topology.bolt.concurrency lets more be in flight, and a rejected one fails its tuple alone', async (t) => {
  const parent = parentOf('Gate', { conf: { 'topology.bolt.concurrency': 2 } })
  parent.tuples('wait', 'reject', 'go')
  await endsQuietly(t, parent)
  const [error, fail, ...acks] = withoutLogs(parent.messages)
  t.regex(String(error!['msg']), /rejected on purpose/)
  t.deepEqual(fail, { command: 'fail', id: '2' })
  t.deepEqual(acks.map(({ id }) => id).sort(), ['1', '3'])
})

test('a heartbeat is answered behind the tuples before it, where nothing holds them up', async (t) => {
  const parent = parentOf('Given')
  await parent.whenThere('log')
  parent.send(tuple('1', 'a'), tuple('2', 'b'), HEARTBEAT, tuple('3', 'c'))
  await parent.end()
  const commands = withoutLogs(parent.messages).map(({ command }) => command)
  t.deepEqual(commands, ['emit', 'ack', 'emit', 'ack', 'sync', 'emit', 'ack'])
})

const MANY = Array.from({ length: 5000 }, (_, i) => i)

test('many more tuples than may wait are all acked, in order', async (t) => {
  const parent = parentOf('Given')
  parent.tuples(...MANY)
  const acks = await parent.whenThere('ack', MANY.length)
  t.deepEqual(
    acks.map(({ id }) => id),
    MANY.map((i) => String(i + 1)),
  )
  await endsQuietly(t, parent)
})

test('task ids are read behind many more tuples than may wait', async (t) => {
  const parent = parentOf('Asks')
  parent.tuples(...MANY)
  for (let asked = 1; asked <= 3; asked++) {
    await parent.whenThere('emit', asked)
    parent.send([4])
  }
  t.deepEqual((await parent.whenThere('ack', 3)).slice(0, 3), [ack('1'), ack('2'), ack('3')])
  await endsQuietly(t, parent)
})

test('the context says what the handshake says; a component has its own configuration where the parent left the default', async (t) => {
  const parent = parentOf('Knows', { conf: { 'topology.bolt.concurrency': 1, 'topology.debug': true, mine: 2 } })
  await endsQuietly(t, parent)
  const logs = logsOf(parent.messages)
  t.deepEqual(JSON.parse(String(logs[1])), {
    topology: 'tests',
    taskIndex: 1,
    tasks: [2, 3],
    concurrency: 7,
    pending: 100_000,
    debug: true,
    mine: 2,
    targets: [['default', [['sink', { type: 'local-or-shuffle' }]]]],
    sources: [['source', [['default', { type: 'fields', fields: ['value'] }]]]],
    checkpointed: null,
  })
  t.is(logs.at(-1), 'counted seen 2')
})

test('message ids of any kind come back to the spout; exceptions are reported and answered', async (t) => {
  const parent = parentOf('AllIds')
  for (let i = 0; i < 6; i++) parent.send({ command: 'next', id: '' })
  await parent.whenThere('sync', 6)
  const emits = parent.messages.filter(({ command }) => command === 'emit')
  t.deepEqual(
    emits.map(({ id }) => id),
    ['#1', '#2', 'text', 0, undefined],
  )
  t.is(parent.messages.filter(({ command }) => command === 'error').length, 1)
  for (const { id } of emits) if (id !== undefined) parent.send({ command: 'ack', id })
  await endsQuietly(t, parent)
  t.deepEqual(logsOf(parent.messages).slice(1), [
    'acked {"a":1}, 3 in flight',
    'acked "#1", 2 in flight',
    'acked "text", 1 in flight',
    'acked 0, 0 in flight',
  ])
})

test('under Storm nothing is said that its protocol does not have', async (t) => {
  const bolt = parentOf('Later', { conf: { 'typhoon.version': undefined } })
  await endsQuietly(t, bolt)
  t.deepEqual(bolt.messages[0], { pid: bolt.child.pid! })
  const spout = parentOf('AllIds', { conf: { 'typhoon.version': undefined } })
  for (let i = 0; i < 6; i++) spout.send({ command: 'next', id: '' })
  await endsQuietly(t, spout)
  t.deepEqual(new Set(withoutLogs(spout.messages).map(({ command }) => command)), new Set(['emit', 'sync', 'error']))
})

test('a child speaks msgpack where its environment says so', async (t) => {
  const parent = parentOf('Asks', { serializer: 'msgpack' })
  parent.tuples('any')
  await parent.whenThere('emit')
  parent.send([4])
  await parent.whenThere('ack')
  await endsQuietly(t, parent)
  t.deepEqual(withoutLogs(parent.messages), [
    { command: 'emit', stream: 'default', need_task_ids: true, anchors: ['1'], tuple: [1] },
    ack('1'),
  ])
})

test('what is no message of the protocol is reported, and ends the child with 1', async (t) => {
  const parent = new Parent('Later')
  parent.send({ command: 'next', id: '' })
  t.is(await parent.ended, 1)
})

test('a child whose parent is gone ends quietly', async (t) => {
  const parent = parentOf('Later')
  await parent.whenThere('log')
  parent.child.stdout.destroy()
  parent.tuples(1, 2, 3)
  t.is(await parent.ended, 0)
  t.is(parent.stderr, '')
})

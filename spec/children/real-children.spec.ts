/** Real processes: how they start, what they print, how they die, and that they are gone in the end. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { TyphoonError } from '../../lib/index.ts'
import { missingLibraryHint } from '../../lib/multilang/process/missing-library.ts'
import { FakeContext } from '../components/fakes.ts'
import { folderOf } from '../folder.ts'
import { isThere, program, RealBolt } from './real-task.ts'

const TYPHOON = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))

test('tuples go to a child and come back, with any letters and of any size', async (t) => {
  const bolt = await new RealBolt(program('hear(echo)')).prepare(t)
  const large = 'é語😀\n'.repeat(100_000)
  for (const value of ['a', large, null, { list: [1.5, true] }]) await bolt.execute(value)
  await bolt.until(({ acked }) => acked.length === 4)
  t.deepEqual(bolt.emitted, [['a'], [large], [null], [{ list: [1.5, true] }]])
})

test('with msgpack bytes go to a child and come back as well', async (t) => {
  const command = [process.execPath, TYPHOON, 'shell', 'IdentityBolt', 'value']
  const config = { 'topology.multilang.serializer': 'msgpack' }
  const bolt = await new RealBolt(command, { outputs: ['value'] }, config).prepare(t)
  const bytes = Uint8Array.of(0, 255, 128)
  for (const value of ['é', bytes, { list: [1.5, null] }]) await bolt.execute(value)
  await bolt.until(({ acked }) => acked.length === 3)
  const values = bolt.emitted.map(([value]) => (value instanceof Uint8Array ? [...value] : value))
  t.deepEqual(values, ['é', [0, 255, 128], { list: [1.5, null] }])
})

test('its folder for the pid file is gone when it is', async (t) => {
  const told = 'hear((message) => { if (message.pidDir) say({ command: "log", msg: message.pidDir }); echo(message) })'
  const bolt = await new RealBolt(program(told)).prepare(t)
  const [folder] = bolt.lines
  t.true(existsSync(folder!))
  await bolt.stop()
  t.false(existsSync(folder!))
})

test('a child runs in the folder of the topology, or in one beside it, with the environment it is given', async (t) => {
  const show = `hear((message) => {
    const { GREETING, PATH, NODE_PATH, TYPHOON_SERIALIZER } = process.env
    if (message.pidDir) say({ command: 'log', msg: JSON.stringify([process.cwd(), GREETING, PATH, NODE_PATH, TYPHOON_SERIALIZER]) })
    echo(message)
  })`
  const env = { GREETING: 'hello', PATH: '/mine', NODE_PATH: '/modules' }
  const bolt = await new RealBolt(program(show), { env, cwd: 'spec' }).prepare(t)
  const [cwd, greeting, path, modules, serializer] = JSON.parse(bolt.lines[0]!)
  t.is(cwd, join(process.cwd(), 'spec'))
  t.is(greeting, 'hello')
  t.is(path, `${process.env['PATH']}:/mine`)
  t.is(modules, `/modules:${join(process.cwd(), 'multilang/javascript')}`)
  t.is(serializer, 'json')
})

test('of what the runtime tells its workers in their environment a child gets nothing, but what it is given itself', async (t) => {
  process.env['TYPHOON_DRPC_SECRET'] = 'secret'
  t.teardown(() => delete process.env['TYPHOON_DRPC_SECRET'])
  const show = `hear((message) => {
    const names = Object.keys(process.env).filter((name) => name.startsWith('TYPHOON_')).sort()
    if (message.pidDir) say({ command: 'log', msg: names.join() })
    echo(message)
  })`
  const bolt = await new RealBolt(program(show), { env: { TYPHOON_TEST_SEED: '1' } }).prepare(t)
  t.is(bolt.lines[0], 'TYPHOON_SERIALIZER,TYPHOON_TEST_SEED')
})

test('a component that asks for the library of Storm beside it is told of the one that comes with Typhoon', async (t) => {
  const error = await notStarted(t, new RealBolt([process.execPath, '-e', "require('./storm')"]))
  t.regex(error.hint!, /require\('storm'\)/)
})

for (const [line, hint] of [
  ["Error: Cannot find module './storm'", /require\('storm'\)/],
  ["Error: Cannot find module '/app/resources/storm.js'", /require\('storm'\)/],
  ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'storm' imported from /app/split.mjs", /createRequire/],
  ["split.rb:1:in `require': cannot load such file -- ./storm (LoadError)", /require 'storm'/],
  ["ModuleNotFoundError: No module named 'storm'", /PYTHONPATH/],
  ["Error: Cannot find module './brainstorm'", undefined],
  ["ModuleNotFoundError: No module named 'storms'", undefined],
] as const) {
  test(`of "${line}" ${hint === undefined ? 'nothing' : 'the library'} is hinted at`, (t) => {
    const found = missingLibraryHint(line)
    if (hint === undefined) t.is(found, undefined)
    else t.regex(found!, hint)
  })
}

test('a command that is not found is an error', async (t) => {
  const error = await notStarted(t, new RealBolt(['no-such-command', 'x']))
  t.regex(error.message, /no-such-command x.*ENOENT/)
  t.true(error.hint!.includes(process.cwd()))
})

test('a command that is not executable is an error', async (t) => {
  const file = join(folderOf(t, { 'bolt.py': 'print(1)' }), 'bolt.py')
  t.regex((await notStarted(t, new RealBolt([file]))).message, /EACCES/)
})

test('a folder that does not exist, or is a file, is an error that names it', async (t) => {
  for (const cwd of ['no/such/folder', 'package.json']) {
    const error = await notStarted(t, new RealBolt(program('hear(echo)'), { cwd }))
    t.true(error.hint!.includes(join(process.cwd(), cwd)), error.hint)
  }
})

test('a child that exits during the handshake is an error with its last words', async (t) => {
  const error = await notStarted(t, new RealBolt(program('console.error("no module named x"); process.exit(3)')))
  t.regex(error.message, /no module named x$/)
})

test('a child that says nothing is not waited for longer than the limit', async (t) => {
  const limit = { 'topology.subprocess.timeout.secs': 1 }
  const error = await notStarted(t, new RealBolt(program('hear(() => {})'), {}, limit))
  t.is(error.code, 'CHILD_NOT_STARTED')
})

const DEATHS = {
  'exits with an error': { how: 'process.exit(9)', says: /\b9\b.*first words \/ disk full/ },
  'exits as if all were well': { how: 'process.exit(0)', says: /\b0\b.*disk full/ },
  'is killed': { how: 'process.kill(process.pid, "SIGKILL")', says: /SIGKILL.*disk full/ },
  'says a bare word': { how: 'fs.writeSync(1, "restart me\\nend\\n")', says: /"restart me"/ },
  'acks what it does not have': { how: 'say({ command: "ack", id: "77" })', says: /acked "77"/ },
}

for (const [what, { how, says }] of Object.entries(DEATHS)) {
  test(`when a child ${what} its tuples fail at once, and the next ones flow through another child`, async (t) => {
    const dying = `hear((message) => {
      if (message.tuple?.[0] !== 'die') return message.tuple?.[0] === 'hold' || echo(message)
      fs.writeSync(2, 'first words\\ndisk full')
      ${how}
    })`
    const bolt = await new RealBolt(program(dying)).prepare(t)
    for (const value of ['before', 'hold', 'die']) await bolt.execute(value)
    await bolt.until(({ failed }) => failed.length > 0)
    for (const value of ['after', 'later']) await bolt.execute(value)
    await bolt.until(({ acked }) => acked.length === 3)
    t.deepEqual(bolt.acked, ['before', 'after', 'later'])
    t.deepEqual(
      bolt.failed.map(({ value }) => value),
      ['hold', 'die'],
    )
    for (const { error } of bolt.failed) t.regex(error.message, says)
    t.is(bolt.errors.length, 1)
  })
}

test('a child that hangs is ended, and another one takes its place', async (t) => {
  const hanging = 'hear((message) => { if (message.tuple?.[0] === "hang") for (;;); echo(message) })'
  const limit = { 'topology.subprocess.timeout.secs': 1 }
  const bolt = await new RealBolt(program(hanging), {}, limit, FakeContext).prepare(t)
  await bolt.execute('hang')
  bolt.context.advance(3000)
  await bolt.until(({ failed }) => failed.length === 1)
  t.is(bolt.failed[0]!.error.code, 'CHILD_HUNG')
  bolt.context.advance(0)
  const [, pid] = /\(pid (\d+)\)/.exec(bolt.failed[0]!.error.message)!
  await bolt.execute('after')
  await bolt.until(({ acked }) => acked.length === 1)
  t.false(isThere(Number(pid)))
})

test('what a child prints is in the log, line by line, and its frames get through', async (t) => {
  const printing = `hear((message) => {
    if (message.pidDir) { console.log('printed'); fs.writeSync(1, 'in the same line '); console.error('complained') }
    echo(message)
  })`
  const bolt = await new RealBolt(program(printing)).prepare(t)
  await bolt.execute('a')
  await bolt.until(({ acked, lines }) => acked.length === 1 && lines.length === 3)
  t.deepEqual([...bolt.lines].sort(), ['complained', 'in the same line', 'printed'])
})

const GREETINGS = {
  'makes its pid file after its pid message': `hear((message) => {
    if (!message.pidDir) return echo(message)
    say({ pid: process.pid })
    fs.writeFileSync(message.pidDir + '/' + process.pid, '')
  })`,
  'never makes a pid file': 'hear((message) => message.pidDir ? say({ pid: process.pid }) : echo(message))',
  'says its pid before it has read anything':
    'say({ pid: process.pid }); hear((message) => message.pidDir || echo(message))',
  'emits before its pid': `hear((message) => {
    if (message.pidDir) say({ command: 'emit', tuple: ['early'], need_task_ids: false })
    echo(message)
  })`,
  'emits before its pid, and waits for the tasks': `let setup
  hear((message) => {
    if (message.pidDir) { setup = message; say({ command: 'emit', tuple: ['early'] }) }
    else if (Array.isArray(message)) { say({ command: 'emit', tuple: message, need_task_ids: false }); echo(setup) }
    else echo(message)
  })`,
  'emits behind its pid, and waits for the tasks': `const tuples = []
  let hasTasks = false
  hear((message) => {
    if (message.pidDir) { echo(message); say({ command: 'emit', tuple: ['early'] }) }
    else if (Array.isArray(message)) {
      hasTasks = true
      say({ command: 'emit', tuple: message, need_task_ids: false })
      tuples.forEach(echo)
    } else hasTasks ? echo(message) : tuples.push(message)
  })`,
}

for (const [what, body] of Object.entries(GREETINGS)) {
  test(`a child that ${what} is borne`, async (t) => {
    const bolt = await new RealBolt(program(body)).prepare(t)
    await bolt.execute('a')
    await bolt.until(({ acked }) => acked.length === 1)
    const tasks = what.includes('tasks') ? [[7]] : []
    t.deepEqual(bolt.emitted, [...(what.startsWith('emits') ? [['early']] : []), ...tasks, ['a']])
    t.deepEqual(bolt.errors, [])
  })
}

const STUBBORN = {
  'ends when its input does': '',
  'waits for ever': 'setInterval(() => {}, 1000)',
  'ignores SIGTERM': 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)',
  'spins for ever': 'process.stdin.on("end", () => { for (;;); })',
  'writes for ever': 'process.stdin.on("end", () => { for (;;) say({ command: "log", msg: "still here" }) })',
}

for (const [what, body] of Object.entries(STUBBORN)) {
  test(`no child is left after the end: one that ${what}`, async (t) => {
    const telling =
      'hear((message) => { if (message.pidDir) say({ command: "log", msg: `${process.pid}` }); echo(message) })'
    const bolt = await new RealBolt(program(`${body}; ${telling}`)).prepare(t)
    const pid = Number(bolt.lines[0])
    t.true(isThere(pid))
    await bolt.stop()
    t.false(isThere(pid))
    t.deepEqual(bolt.errors, [])
  })
}

async function notStarted(t: ExecutionContext, bolt: RealBolt): Promise<TyphoonError> {
  const error = (await t.throwsAsync(bolt.prepare(t))) as TyphoonError
  t.is(error.code, 'CHILD_NOT_STARTED')
  return error
}

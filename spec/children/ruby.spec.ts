/**
 * The Ruby library where the contract of multilang does not look: what becomes of printed text and of broken input,
 * groups, replays, the ends of a process, runs by hand. Real processes of ruby.
 */
import type { ExecutionContext } from 'ava'
import { type Ended, emitsOf, setup, told, tuple } from './child.ts'
import { everyLibrary, jsonAlone } from './every-library.ts'
import { RUBY, specsFor, start, tryReadme } from './library-child.ts'

const { spec, register } = specsFor(RUBY)
const ruby = (t: ExecutionContext, text: string, env?: Record<string, string>) =>
  start(t, RUBY, `require 'storm'\n${text}`, env)

const next = { command: 'next', id: '' }
const failed = (id: unknown) => ({ command: 'fail', id })
const reasons = ({ messages }: Ended) => messages.flatMap(({ command, msg }) => (command === 'error' ? [msg] : []))

const ECHO = 'Storm.bolt { |tuple| emit tuple.values }.run'

spec('what is printed or logged becomes log messages, what a subprocess prints goes to stderr', async (t) => {
  const child = ruby(
    t,
    `require 'logger'
own = Logger.new($stdout)
Storm.bolt do |tuple|
  puts "two\\nlines"
  p [nil]
  print 'a lin', :e, "\\n"
  $stdout << "caf\\xC3" << "\\xA9\\n"
  $stdout.write("broken \\xFF".b, "\\n")
  Storm.logger.warn('careful')
  Storm.logger.debug { [1] }
  own.error('by another logger')
  STDOUT.puts 'past the log'
  system('echo from a subprocess')
  emit [$stdin.read]
  print 'rest'
end.run`,
  )
  const ended = await child.send(setup(), tuple(1)).end()
  t.deepEqual(
    ended.messages.map(({ command, msg, level }) => [command, msg, level]),
    [
      ['log', 'two', 2],
      ['log', 'lines', 2],
      ['log', '[nil]', 2],
      ['log', 'a line', 2],
      ['log', 'café', 2],
      ['log', 'broken \ufffd', 2],
      ['log', 'careful', 3],
      ['log', '[1]', 1],
      ['emit', undefined, undefined],
      ['ack', undefined, undefined],
      ['log', 'rest', 2],
    ],
  )
  t.deepEqual(emitsOf(ended), [['']], 'standard input is empty')
  for (const text of ['past the log', 'from a subprocess', 'by another logger'])
    t.true(ended.stderr.includes(text), text)
})

spec('a thread that logs while the bolt waits for input is heard at once', async (t) => {
  const child = ruby(
    t,
    `go = Queue.new
Thread.new { go.pop; Storm.logger.info('from a thread') }
Storm.bolt { |_tuple| go << 1 }.run`,
  )
  child.send(setup(), tuple(1))
  await child.says('from a thread')
  t.deepEqual(told(await child.end()).sort(), ['ack "1"', 'log "from a thread"'])
})

spec(
  'blank lines, \\r\\n, empty messages, pretty JSON and messages that are cut anywhere are understood',
  async (t) => {
    const child = ruby(t, ECHO)
    const pretty = JSON.stringify(tuple(1, 'ünï', '😀'), null, 2)
    const text = `end\n${JSON.stringify(setup())}\r\nend\r\n\r\n\nend\n${pretty}\nend\nend\n\n`
    for (const byte of Buffer.from(text)) child.process.stdin.write(Buffer.from([byte]))
    const ended = await child.send(tuple(2, 'end\n'), tuple(3, '\nend\n')).end()
    t.deepEqual(emitsOf(ended), [['ünï', '😀'], ['end\n'], ['\nend\n']])
    t.is(ended.code, 0)
  },
)

spec('a message of many megabytes arrives whole, and nesting has no limit', async (t) => {
  let nested: unknown = 'é'.repeat(4_000_000)
  for (let depth = 0; depth < 200; depth++) nested = [nested]
  const ended = await ruby(t, 'Storm.bolt { |tuple| emit [tuple[0].flatten[0].length] }.run')
    .send(setup(), tuple(1, nested))
    .end()
  t.deepEqual(emitsOf(ended), [[4_000_000]])
})

spec('what is no message is left out, what is no JSON is reported, and the bolt goes on', async (t) => {
  const child = ruby(t, ECHO)
  await child.send(setup()).says('pid')
  child.send(setup(), 'text').process.stdin.write('{broken\nend\n')
  const ended = await child.send([7], tuple(1, 'a')).end()
  t.deepEqual(emitsOf(ended), [['a']])
  t.deepEqual(ended.messages.map(({ command }) => command).sort(), ['ack', 'emit', 'error', 'log', 'log'])
  t.regex(reasons(ended)[0], /\{broken/)
})

spec('two halves of a message in frames of their own are two errors and no tuple', async (t) => {
  const child = ruby(t, ECHO)
  await child.send(setup()).says('pid')
  child.process.stdin.write('{"id":"1","comp":"s","stream":"default","task":1,"tuple":["a"\nend\n"b"]}\nend\n')
  const ended = await child.send(tuple(2, 'c')).end()
  t.deepEqual(emitsOf(ended), [['c']])
  t.is(ended.messages.filter(({ command }) => command === 'error').length, 2)
})

spec('values that cannot be sent fail the tuple and say why, large integers keep their digits', async (t) => {
  const child = ruby(
    t,
    `VALUES = { 'nan' => [0.0 / 0], 'text' => 'abc', 'bytes' => ["\\xFF"], 'big' => [2**62, nil, :a] }
Storm.bolt { |tuple| emit VALUES[tuple[:word]] }.run`,
  )
  const ended = await child.send(setup(), ...['nan', 'text', 'bytes', 'big'].map((word, i) => tuple(i, word))).end()
  t.deepEqual(
    ended.messages.map(({ command }) => command),
    ['error', 'fail', 'error', 'fail', 'error', 'fail', 'emit', 'ack'],
  )
  t.regex(reasons(ended).join('\n'), /NaN[\s\S]*a tuple is an array of values, not "abc"[\s\S]*JSON::GeneratorError/)
  t.true(child.stdout.includes('[4611686018427387904,null,"a"]'))
})

spec('a value is had by the name of its field, and a wrong name is answered with the right ones', async (t) => {
  const child = ruby(
    t,
    `Storm.bolt do |tuple|
  emit [tuple[:n], tuple['word'], tuple[0], tuple.to_h]
  tuple[:wrod]
end.run`,
  )
  const ended = await child.send(setup(), tuple(1, 'be', 2)).end()
  t.deepEqual(emitsOf(ended), [[2, 'be', 'be', { word: 'be', n: 2 }]])
  t.regex(reasons(ended)[0], /no field 'wrod': stream 'default' of 's' has word, n[\s\S]*component\.rb/)
})

spec('a bolt that waits for task ids loses none of the tuples that come meanwhile', async (t) => {
  const child = ruby(
    t,
    `class B < Storm::BasicBolt
  def process(tuple)
    emit [emit(tuple.values, need_task_ids: true), emit([0], task: 4, need_task_ids: true), emit([0])]
  end
end
B.new.run`,
  )
  const ended = await child.send(setup(), tuple(1, 'a'), tuple(2, 'b'), tuple(3, 'c'), [1], [2], [3]).end()
  t.deepEqual(
    emitsOf(ended).filter(([first]) => Array.isArray(first)),
    [
      [[1], [4], null],
      [[2], [4], null],
      [[3], [4], null],
    ],
  )
})

spec('a tuple is acked or failed once, whatever a bolt does with it, and is no anchor any more', async (t) => {
  const child = ruby(
    t,
    `class B < Storm::Bolt
  def process(tuple)
    ack tuple if tuple[0] == 'ack first'
    fail tuple
    emit [1], :anchor => tuple
  end
end
B.new.run`,
  )
  const ended = await child.send(setup(), tuple(1, 'ack first'), tuple(2, 'fail')).end()
  t.deepEqual(
    ended.messages.map(({ command, id }) => [command, id]),
    [
      ['ack', '1'],
      ['error', undefined],
      ['fail', '2'],
      ['error', undefined],
    ],
  )
  t.regex(reasons(ended)[0], /emitted after its anchor was acked or failed/)
})

const GROUPS = `class B < Storm::BatchingBolt
  def group_size
    2
  end

  def process_group(group)
    fail group[0] if group[0][0] == 'fail'
    emit group.map { |tuple| tuple[0] }
    1 / group.last[0] if group.last[0] == 0
  end
end
B.new.run`

spec('a group that raises fails as a whole, but for what was acked or failed before', async (t) => {
  const ended = await ruby(t, GROUPS).send(setup(), tuple(1, 'a'), tuple(2, 0), tuple(3, 'fail'), tuple(4, 'b')).end()
  t.deepEqual(
    told(ended).filter((line) => !line.startsWith('error')),
    ['emit ["a",0]', 'fail "1"', 'fail "2"', 'fail "3"', 'emit ["fail","b"]', 'ack "4"'],
  )
})

const NUMBERS = `numbers = Storm.spout do |out|
  out << [1]
  out << nil
  out << { tuple: [2], stream: 'even', id: 'two' }
end
numbers.max_attempts = 2
numbers.replay_delay = 0
numbers.run`

spec('replays wait for their delay, and a spout with one to come is not exhausted', async (t) => {
  const child = ruby(t, `s = Storm.spout { |out| out << { tuple: [1], id: 7 } }\ns.replay_delay = 1e4\ns.run`)
  const ended = await child.send(setup(), next, failed(7), next, next).end()
  t.deepEqual(told(ended), ['emit [1]', ...Array(4).fill('sync null')])
})

spec('Storm is not told what it does not know', async (t) => {
  const spout = await ruby(t, NUMBERS).send(setup({}), next, next, next, next).end()
  t.false(told(spout).includes('exhausted null'))
  const bolt = ruby(t, GROUPS).send(setup({}))
  await bolt.end()
  t.deepEqual(Object.keys(JSON.parse(bolt.stdout.split('\n')[0]!)), ['pid'])
})

spec(
  'a source that raises is reported and begun anew; a value that is no tuple is not emitted again and again',
  async (t) => {
    const child = ruby(
      t,
      `at = 0
Storm.spout do |out|
  while (at += 1) < 5
    raise IOError, 'lost the connection' if at == 2

    out << (at == 3 ? 'three' : [at])
  end
end.run`,
    )
    const ended = await child.send(setup(), next, next, next, next, next).end()
    const commands = ended.messages.map(({ command }) => command)
    t.deepEqual(commands, ['emit', 'sync', 'error', 'sync', 'error', 'sync', 'emit', 'sync', 'exhausted', 'sync'])
  },
)

spec('an exception that answers permanent with true says that its tuple is hopeless', async (t) => {
  const text = `class Hopeless < StandardError
  def permanent = true
end
Storm.bolt { |tuple| raise(tuple[0] == 'bad' ? Hopeless : RuntimeError, 'no') }.run`
  const { messages } = await ruby(t, text).send(setup(), tuple(1, 'bad'), tuple(2, 'good')).end()
  t.deepEqual(
    messages.filter(({ command }) => command === 'error').map(({ permanent }) => permanent),
    [true, undefined],
  )
})

spec('an exception of prepare is reported and ends the process with 1', async (t) => {
  const child = ruby(t, `Storm.bolt { |_tuple| }.on_prepare { |_conf, _context| raise 'no such database' }.run`)
  const { messages, code, stderr } = await child.send(setup(), tuple(1)).end()
  t.deepEqual([code, stderr, messages.length], [1, '', 1])
  t.regex(messages[0]!['msg'], /no such database \(RuntimeError\)/)
})

spec('the end of the input ends the process quietly, also while it waits for task ids', async (t) => {
  const child = ruby(
    t,
    `class B < Storm::Bolt
  def process(tuple)
    emit [1]
  rescue StandardError => e
    log e
  end
end
B.new.run`,
  )
  const { code, stderr, messages } = await child.send(setup(), tuple(1, 'a')).end()
  t.deepEqual([code, stderr, messages.length], [0, '', 1])
})

const PROGRAMS = { echo: ECHO, groups: GROUPS, numbers: NUMBERS }
everyLibrary(spec, ruby, PROGRAMS)
jsonAlone(spec, ruby, PROGRAMS, 'storm.rb')

spec('the README shows what happens: its files are written, its commands run, their output compared', (t) => {
  tryReadme(t, RUBY)
})

register()

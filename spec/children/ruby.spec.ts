/**
 * The Ruby library where the contract of multilang does not look: what becomes of printed text and of values, and
 * what every library promises. Real processes of ruby.
 */
import type { ExecutionContext } from 'ava'
import { type Ended, emitsOf, next, setup, told, tuple } from './child.ts'
import { everyLibrary, groupsFailOne, jsonAlone, type Programs } from './every-library.ts'
import { RUBY, specsFor, start } from './library-child.ts'

const { spec, register } = specsFor(RUBY)
const ruby = (t: ExecutionContext, text: string, env?: Record<string, string>) =>
  start(t, RUBY, `require 'storm'\n${text}`, env)

const reasons = ({ messages }: Ended) => messages.flatMap(({ command, msg }) => (command === 'error' ? [msg] : []))

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
  t.regex(reasons(ended).join('\n'), /NaN[\s\S]*"abc"[\s\S]*JSON::GeneratorError/)
  t.true(child.stdout.includes('[4611686018427387904,null,"a"]'))
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
  t.regex(reasons(ended)[0], /\backed\b/)
})

spec('a value of a source that is no tuple is reported, and not emitted again and again', async (t) => {
  const child = ruby(
    t,
    `at = 0
Storm.spout do |out|
  out << (at == 2 ? 'two' : [at]) while (at += 1) < 4
end.run`,
  )
  const { messages } = await child.send(setup(), next, next, next, next).end()
  t.deepEqual(
    messages.map(({ command }) => command),
    ['emit', 'sync', 'error', 'sync', 'emit', 'sync', 'exhausted', 'sync'],
  )
})

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

const PROGRAMS: Programs = {
  echo: 'Storm.bolt { |tuple| emit tuple.values }.run',
  length: 'Storm.bolt { |tuple| emit [tuple[0].flatten[0].length] }.run',
  byName: `Storm.bolt do |tuple|
  emit [tuple[:n], tuple['word'] == tuple[0] && tuple[0], tuple.to_h]
  tuple[:wrod]
end.run`,
  wrongName: /component\.rb/,
  groups: `class B < Storm::BatchingBolt
  def group_size
    2
  end

  def process_group(group)
    fail group[0] if group[0][0] == 'fail'
    emit group.map { |tuple| tuple[0] }
    1 / group.last[0] if group.last[0] == 0
  end
end
B.new.run`,
  numbers: `numbers = Storm.spout do |out|
  out << [1]
  out << nil
  out << { tuple: [2], stream: 'even', id: 'two' }
end
numbers.max_attempts = 2
numbers.replay_delay = 0
numbers.run`,
  patient: `s = Storm.spout { |out| out << { tuple: [1], id: 7 } }\ns.replay_delay = 1e4\ns.run`,
  interrupted: `at = 0
Storm.spout do |out|
  while (at += 1) < 4
    raise IOError, 'lost the connection' if at == 2

    out << [at]
  end
end.run`,
  unprepared: ["Storm.bolt { |_tuple| }.on_prepare { |_conf, _context| raise 'no such database' }.run"],
  // It waits for task ids.
  unfinished: [
    `class B < Storm::Bolt
  def process(tuple)
    emit [1]
  rescue StandardError => e
    log e
  end
end
B.new.run`,
  ],
}
everyLibrary(RUBY, spec, ruby, PROGRAMS)
groupsFailOne(spec, ruby, PROGRAMS)
jsonAlone(spec, ruby, PROGRAMS, 'storm.rb')

register()

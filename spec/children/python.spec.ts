/**
 * The Python library where the contract of multilang does not look: what becomes of printed text and of broken input,
 * groups, replays, the ends of a process, runs by hand, and that the README of the library says what happens. Real
 * processes of python3.
 */
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { emitsOf, setup, told, tuple } from './child.ts'
import { everyLibrary } from './every-library.ts'
import { PYTHON, specsFor, start, tryReadme } from './library-child.ts'

const { spec, register } = specsFor(PYTHON)
const python = (t: ExecutionContext, text: string, env?: Record<string, string>) => start(t, PYTHON, text, env)

const next = { command: 'next', id: '' }
const ECHO = `import storm
@storm.bolt
def echo(tup):
    return tup.values
echo.run()`

spec('what is printed, logged or warned becomes a log message, what a subprocess prints goes to stderr', async (t) => {
  const child = python(
    t,
    `import storm, logging, warnings, subprocess, sys, os
print("before")
class B(storm.BasicBolt):
    def process(self, tup):
        print("two\\nlines", end="")
        sys.stdout.buffer.write(b" and bytes\\n")
        logging.getLogger("db").error("no %s", "connection")
        warnings.warn("careful")
        subprocess.run(["echo", "from a subprocess"])
        if os.fork() == 0:
            print("from a fork")
            sys.exit()
        os.wait()
        self.emit([sys.stdin.read()])
        print("rest", end="")
B().run()`,
  )
  const ended = await child.send(setup(), tuple(1, 'x')).end()
  const logs = ended.messages.flatMap(({ command, msg, level }) =>
    command === 'log' ? [[msg.split('\n')[0], level]] : [],
  )
  t.deepEqual(logs.slice(0, 3), [
    ['two', 2],
    ['lines and bytes', 2],
    ['db: no connection', 4],
  ])
  t.regex(logs[3]![0], /UserWarning: careful$/)
  t.deepEqual(logs[4], ['rest', 2])
  t.deepEqual(emitsOf(ended), [['']], 'standard input is empty')
  for (const text of ['before', 'from a subprocess', 'from a fork']) t.true(ended.stderr.includes(text), text)
})

spec('a thread that logs while the bolt waits for input is heard at once', async (t) => {
  const child = python(
    t,
    `import storm, threading
go = threading.Event()
def work():
    go.wait()
    storm.log("from a thread")
class B(storm.BasicBolt):
    def process(self, tup):
        go.set()
threading.Thread(target=work, daemon=True).start()
B().run()`,
  )
  child.send(setup(), tuple(1))
  await child.says('from a thread')
  t.deepEqual(told(await child.end()).sort(), ['ack "1"', 'log "from a thread"'])
})

spec(
  'blank lines, \\r\\n, empty messages, pretty JSON and messages that are cut anywhere are understood',
  async (t) => {
    const child = python(t, ECHO)
    const pretty = JSON.stringify(tuple(1, 'ünï', '\ud83d\ude00', '\ud800'), null, 2)
    const text = `end\n${JSON.stringify(setup())}\r\nend\r\n\r\n\nend\n${pretty}\nend\n\n`
    for (const byte of Buffer.from(text)) child.process.stdin.write(Buffer.from([byte]))
    const ended = await child.send(tuple(2, 'end\n'), tuple(2, '\nend\n')).end()
    t.deepEqual(emitsOf(ended), [['ünï', '😀', '\ud800'], ['end\n'], ['\nend\n']])
    t.is(ended.code, 0)
  },
)

spec(
  'a set-up message that comes again and what is no message are left out, and what is no JSON is reported',
  async (t) => {
    const child = python(t, ECHO).send(setup())
    await child.says('pid')
    child.send(setup(), 'text').process.stdin.write('{broken\nend\n')
    const ended = await child.send([7], tuple(1, 'a')).end()
    t.deepEqual(emitsOf(ended), [['a']])
    t.deepEqual(ended.messages.map(({ command }) => command).sort(), ['ack', 'emit', 'error', 'log', 'log'])
    t.regex(ended.messages.find(({ command }) => command === 'error')!.msg, /\{broken/)
  },
)

spec('two halves of a message in frames of their own are two errors and no tuple', async (t) => {
  const child = python(t, ECHO)
  await child.send(setup()).says('pid')
  child.process.stdin.write('{"id":"1","comp":"s","stream":"default","task":1,"tuple":["a"\nend\n"b"]}\nend\n')
  const ended = await child.send(tuple(2, 'c')).end()
  t.deepEqual(emitsOf(ended), [['c']])
  t.is(ended.messages.filter(({ command }) => command === 'error').length, 2)
})

spec('values that JSON does not have fail the tuple and say why', async (t) => {
  const child = python(
    t,
    `import storm
VALUES = {"nan": [float("nan")], "set": [{1}], "text": "abc", "big": [2**62], "none": [None, True, 1.5, {"a": (1,)}]}
@storm.bolt
def b(tup):
    yield VALUES[tup["word"]]
b.run()`,
  )
  const ended = await child
    .send(setup(), ...['nan', 'set', 'text', 'big', 'none', '?'].map((word, i) => tuple(i, word)))
    .end()
  const verdicts = ended.messages.filter(({ command }) => /ack|fail/.test(command!)).map(({ command }) => command)
  t.deepEqual(verdicts, ['fail', 'fail', 'fail', 'ack', 'ack', 'fail'])
  const reasons = ended.messages.flatMap(({ command, msg }) =>
    command === 'error' ? [msg.trim().split('\n').at(-1)] : [],
  )
  t.regex(
    reasons.join('\n'),
    /^ValueError: .*\nTypeError: .*set.*\nTypeError: a tuple is a list of values.*\nKeyError: '\?'$/,
  )
  t.true(child.stdout.includes('[4611686018427387904]'))
  t.deepEqual(emitsOf(ended)[1], [null, true, 1.5, { a: [1] }])
})

spec('a value is had by the name of its field, and a wrong name is answered with the right ones', async (t) => {
  const child = python(
    t,
    `import storm
@storm.bolt
def b(tup):
    yield [tup["n"], tup[0], tup.get("nothing", "default"), tup.as_dict()]
    tup["wrod"]
b.run()`,
  )
  const ended = await child.send(setup(), tuple(1, 'be', 2)).end()
  t.deepEqual(emitsOf(ended), [[2, 'be', 'default', { word: 'be', n: 2 }]])
  t.regex(
    ended.messages[1]!.msg,
    /^Traceback[\s\S]*component\.py[\s\S]*no field 'wrod': stream 'default' of 's' has word, n/,
  )
  t.notRegex(ended.messages[1]!.msg.split('component.py')[0], /storm\.py/, 'it begins where the component does')
})

spec('a tuple is acked or failed once, whatever a bolt does with it', async (t) => {
  const child = python(
    t,
    `import storm
class B(storm.Bolt):
    def process(self, tup):
        if tup.values[0] == "ack first":
            self.ack(tup)
            storm.fail(tup)
        raise ValueError("after it")
B().run()`,
  )
  const ended = await child.send(setup(), tuple(1, 'ack first'), tuple(2, 'only throw')).end()
  t.deepEqual(
    ended.messages.map(({ command, id }) => [command, id]),
    [
      ['ack', '1'],
      ['error', undefined],
      ['error', undefined],
      ['fail', '2'],
    ],
  )
})

const GROUPS = `import storm
class B(storm.BatchingBolt):
    group_size = 2
    def process_group(self, group):
        group[0].values[0] == "fail" and storm.fail(group[0])
        self.emit([tup.values[0] for tup in group])
        1 / group[-1].values[0] if group[-1].values[0] == 0 else None
B().run()`

spec('a group that raises fails as a whole, but for what was acked or failed before', async (t) => {
  const ended = await python(t, GROUPS).send(setup(), tuple(1, 'a'), tuple(2, 0), tuple(3, 'fail'), tuple(4, 'b')).end()
  t.deepEqual(
    told(ended).filter((line) => !line.startsWith('error')),
    ['emit ["a",0]', 'fail "1"', 'fail "2"', 'fail "3"', 'emit ["fail","b"]', 'ack "4"'],
  )
})

const NUMBERS = `import storm
@storm.spout
def numbers(conf, context):
    yield [1]
    yield None
    yield storm.Emit([2], stream="even", id="two")
numbers.max_attempts, numbers.replay_delay = 2, 0
numbers.run()`

spec('Storm is not told what it does not know', async (t) => {
  const spout = python(t, NUMBERS).send(setup({}), next, next, next, next)
  t.false(told(await spout.end()).includes('exhausted null'))
  const bolt = python(t, ECHO).send(setup({}))
  await bolt.end()
  t.deepEqual(Object.keys(JSON.parse(bolt.stdout.split('\n')[0]!)), ['pid'])
})

spec('a source that raises is reported and begun anew; its tuples are not lost', async (t) => {
  const child = python(
    t,
    `import storm
class Source(storm.ReliableSpout):
    at = 0
    def tuples(self):
        while self.at < 3:
            self.at += 1
            if self.at == 2:
                raise OSError("lost the connection")
            yield [self.at]
Source().run()`,
  )
  const ended = await child.send(setup(), next, next, next, next).end()
  const commands = ended.messages.map(({ command }) => command)
  t.deepEqual(commands, ['emit', 'sync', 'error', 'sync', 'emit', 'sync', 'exhausted', 'sync'])
})

spec('what is no list of values is refused at the line that yields it, with what to write', async (t) => {
  const child = python(t, 'import storm\n@storm.bolt\ndef split(tup):\n    yield "word"\nsplit.run()')
  const { messages } = await child.send(setup(), tuple(1, 'a')).end()
  const error = messages.find(({ command }) => command === 'error')
  t.regex(error!.msg, /line 4, in split[\s\S]*TypeError: .*; write yield \['word'\]/)
  const whole = python(t, 'import storm\n@storm.bolt\ndef split(tup):\n    return "word"\nsplit.run()')
  const other = await whole.send(setup(), tuple(1, 'a')).end()
  t.regex(other.messages.find(({ command }) => command === 'error')!.msg, /TypeError: .*; write return \['word'\]/)
})

spec('an exception of initialize is reported and ends the process with 1', async (t) => {
  const child = python(
    t,
    `import storm
class B(storm.BasicBolt):
    def initialize(self, conf, context):
        raise ValueError("no such database")
B().run()`,
  )
  const { messages, code, stderr } = await child.send(setup()).end()
  t.deepEqual([code, stderr, messages.length], [1, '', 1])
  t.regex(messages[0]!.msg, /ValueError: no such database/)
})

spec('the end of the input ends the process quietly, also while it waits for task ids', async (t) => {
  const child = python(
    t,
    'import storm\nclass B(storm.BasicBolt):\n  def process(self, tup): print(storm.emit([1])[0])\nB().run()',
  )
  const { code, stderr, messages } = await child.send(setup(), tuple(1, 'a')).end()
  t.deepEqual([code, stderr, messages.length], [0, '', 1])
})

spec('msgpack where it is not installed is a plain sentence and no trace', async (t) => {
  const child = start(t, PYTHON, ECHO, { TYPHOON_SERIALIZER: 'msgpack' }, { 'msgpack.py': 'raise ImportError' })
  const [code] = await once(child.process, 'close')
  t.deepEqual([code, child.stdout], [1, ''])
  t.is(child.stderr.trim(), 'storm: the topology asks for msgpack, and Python does not find it: pip install msgpack')
})

const PROGRAMS = { echo: ECHO, groups: GROUPS, numbers: NUMBERS }
everyLibrary(spec, python, PROGRAMS)

spec('the README shows what happens: its files are written, its commands run, their output compared', (t) => {
  tryReadme(t, PYTHON)
})

register()

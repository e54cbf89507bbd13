/**
 * The Python library where the contract of multilang does not look: what becomes of printed text and of broken values,
 * and what every library promises. Real processes of python3.
 */
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { emitsOf, setup, told, tuple } from './child.ts'
import { everyLibrary, groupsFailOne, type Programs } from './every-library.ts'
import { PYTHON, specsFor, start } from './library-child.ts'

const { spec, register } = specsFor(PYTHON)
const python = (t: ExecutionContext, text: string, env?: Record<string, string>) => start(t, PYTHON, text, env)

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
  'values that JSON does not have fail the tuple and say why, half a surrogate pair stays what it was',
  async (t) => {
    const child = python(
      t,
      `import storm
VALUES = {"nan": [float("nan")], "set": [{1}], "text": "abc", "big": [2**62], "none": [None, True, 1.5, {"a": (1,)}],
          "\\ud800": ["\\ud800"]}
@storm.bolt
def b(tup):
    yield VALUES[tup["word"]]
b.run()`,
    )
    const ended = await child
      .send(setup(), ...['nan', 'set', 'text', 'big', 'none', '\ud800', '?'].map((word, i) => tuple(i, word)))
      .end()
    const verdicts = ended.messages.filter(({ command }) => /ack|fail/.test(command!)).map(({ command }) => command)
    t.deepEqual(verdicts, ['fail', 'fail', 'fail', 'ack', 'ack', 'ack', 'fail'])
    const reasons = ended.messages.flatMap(({ command, msg }) =>
      command === 'error' ? [msg.trim().split('\n').at(-1)] : [],
    )
    t.regex(reasons.join('\n'), /^ValueError: .*\nTypeError: .*set.*\nTypeError: .*\nKeyError: '\?'$/)
    t.true(child.stdout.includes('[4611686018427387904]'))
    t.deepEqual(emitsOf(ended).slice(1), [[null, true, 1.5, { a: [1] }], ['\ud800']])
  },
)

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

spec('what is no list of values is refused at the line that yields it, with what to write', async (t) => {
  const child = python(t, 'import storm\n@storm.bolt\ndef split(tup):\n    yield "word"\nsplit.run()')
  const { messages } = await child.send(setup(), tuple(1, 'a')).end()
  const error = messages.find(({ command }) => command === 'error')
  t.regex(error!.msg, /line 4, in split[\s\S]*TypeError: .*; write yield \['word'\]/)
  const whole = python(t, 'import storm\n@storm.bolt\ndef split(tup):\n    return "word"\nsplit.run()')
  const other = await whole.send(setup(), tuple(1, 'a')).end()
  t.regex(other.messages.find(({ command }) => command === 'error')!.msg, /TypeError: .*; write return \['word'\]/)
})

const PROGRAMS: Programs = {
  echo: `import storm
@storm.bolt
def echo(tup):
    return tup.values
echo.run()`,
  length: `import storm
@storm.bolt
def length(tup):
    text = tup[0]
    while isinstance(text, list):
        text = text[0]
    return [len(text)]
length.run()`,
  byName: `import storm
@storm.bolt
def b(tup):
    yield [tup["n"], tup.get("nothing", tup[0]), tup.as_dict()]
    tup["wrod"]
b.run()`,
  // Its trace begins where the component does.
  wrongName: /^Traceback(?:(?!storm\.py)[\s\S])*component\.py[\s\S]*no field/,
  groups: `import storm
class B(storm.BatchingBolt):
    group_size = 2
    def process_group(self, group):
        group[0].values[0] == "fail" and storm.fail(group[0])
        self.emit([tup.values[0] for tup in group])
        1 / group[-1].values[0] if group[-1].values[0] == 0 else None
B().run()`,
  numbers: `import storm
@storm.spout
def numbers(conf, context):
    yield [1]
    yield None
    yield storm.Emit([2], stream="even", id="two")
numbers.max_attempts, numbers.replay_delay = 2, 0
numbers.run()`,
  patient: `import storm
@storm.spout
def one(conf, context):
    yield storm.Emit([1], id=7)
one.replay_delay = 1e4
one.run()`,
  interrupted: `import storm
class Source(storm.ReliableSpout):
    at = 0
    def tuples(self):
        while self.at < 3:
            self.at += 1
            if self.at == 2:
                raise OSError("lost the connection")
            yield [self.at]
Source().run()`,
  unprepared: [
    `import storm
class B(storm.BasicBolt):
    def initialize(self, conf, context):
        raise ValueError("no such database")
B().run()`,
  ],
  // It waits for task ids.
  unfinished: [
    'import storm\nclass B(storm.BasicBolt):\n  def process(self, tup): print(storm.emit([1])[0])\nB().run()',
  ],
}
everyLibrary(PYTHON, spec, python, PROGRAMS)
groupsFailOne(spec, python, PROGRAMS)

spec('msgpack where it is not installed is a plain sentence and no trace', async (t) => {
  const child = start(
    t,
    PYTHON,
    PROGRAMS.echo,
    { TYPHOON_SERIALIZER: 'msgpack' },
    { 'msgpack.py': 'raise ImportError' },
  )
  const [code] = await once(child.process, 'close')
  t.deepEqual([code, child.stdout], [1, ''])
  t.is(child.stderr.trim(), 'storm: the topology asks for msgpack, and Python does not find it: pip install msgpack')
})

register()

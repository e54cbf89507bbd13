/**
 * The classic face of the Python library: components as they were written for Storm's own storm.py. Real processes of
 * python3.
 */
import type { ExecutionContext } from 'ava'
import { END, emitsOf, setup, TICK, told, tuple } from './child.ts'
import { PYTHON, specsFor, start } from './library-child.ts'

const { spec, register } = specsFor(PYTHON)
const python = (t: ExecutionContext, text: string) => start(t, PYTHON, text)

spec('a bolt that waits for task ids loses none of the tuples that come meanwhile', async (t) => {
  const child = python(
    t,
    `import storm
class B(storm.BasicBolt):
    def process(self, tup):
        self.emit([storm.emit(tup.values), storm.emitDirect(4, tup.values), self.emit([0], need_task_ids=True)])
B().run()`,
  )
  child.send(setup(), tuple(1, 'a'), tuple(2, 'b'), tuple(3, 'c'))
  for (const [word, ...lists] of [['a', [1], [2]] as const, ['b', [3], [4]] as const, ['c', [5], [6]] as const]) {
    await child.says(`"tuple":["${word}"]`)
    child.send(...lists)
  }
  const ended = await child.end()
  t.deepEqual(
    emitsOf(ended).filter(([first]) => Array.isArray(first)),
    [
      [[1], null, [2]],
      [[3], null, [4]],
      [[5], null, [6]],
    ],
  )
})

spec('a bolt of the classic face waits for its task ids when it looks at them, and not before', async (t) => {
  const child = python(
    t,
    `import storm
class B(storm.BasicBolt):
    def process(self, tup):
        ids = [storm.emit([i]) for i in range(3)]
        storm.ack(tup)
        storm.logInfo([ids[2][0], ids[0] + [9], list(ids[1]), len(ids[1]), ids[1] == [2]])
B().run()`,
  )
  await child.send(setup(), tuple(1, 'a')).says('"command":"ack"')
  const ended = await child.send([1], [2], [3]).end()
  t.is(ended.messages.at(-1)!.msg, '[3, [1, 9], [2], 1, True]')
})

spec('a loop of your own with the functions of the classic face runs as it did', async (t) => {
  const child = python(
    t,
    `import storm
storm.MODE = storm.Bolt
conf, context = storm.initComponent()
while True:
    tup = storm.readTuple()
    if tup.is_heartbeat_tuple():
        storm.sync()
    elif not tup.is_tick_tuple():
        storm.ANCHOR_TUPLE = tup
        storm.emitBolt([conf["x"]])
        storm.logWarn(storm.readTaskIds())
        storm.ack(tup)`,
  )
  const ended = await child.send(setup({ x: 5 }), { ...END, stream: '__heartbeat' }, TICK, tuple(1, 'a'), [8, 9]).end()
  t.deepEqual(told(ended), ['sync null', 'emit [5]', 'log "[8, 9]"', 'ack "1"'])
  t.deepEqual(ended.messages[1], { command: 'emit', tuple: [5], anchors: ['1'] })
  t.is(ended.code, 0)
})

spec('task ids that come with a tuple wait for whoever asks for them', async (t) => {
  const child = python(
    t,
    `import storm
storm.initComponent()
storm.emitBolt(["first"])
tup = storm.readTuple()
storm.emitBolt([storm.readTaskIds()], anchors=[tup])`,
  )
  const ended = await child.send(setup(), tuple(1, 'a'), [8, 9]).end()
  t.deepEqual(emitsOf(ended), [['first'], [[8, 9]]])
})

register()

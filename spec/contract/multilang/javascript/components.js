/** The components that the contract of multilang runs, in JavaScript: `node components.js NAME`. */
const storm = require('../../../../multilang/javascript/storm.js')

const echoed = (tuple, { emit }) => emit(tuple.values)

class ClassicEcho extends storm.BasicBolt {
  process(tuple, done) {
    this.emit({ tuple: tuple.values, anchorTupleId: tuple.id }, () => {})
    done()
  }
}

class Rich extends storm.RichBolt {
  process(tuple, { emit, ack, fail }) {
    const [first] = tuple.values
    if (first === 'fail') return fail(tuple)
    if (first === 'drop') return undefined
    for (let times = first === 'twice' ? 2 : 1; times > 0; times--) emit(tuple.values, { anchors: [tuple] })
    return ack(tuple)
  }
}

function throwing(tuple, { emit }) {
  if (tuple.values[0] === 'throw') throw new Error('thrown on purpose')
  emit(tuple.values)
}

async function taskIds(tuple, { emit }) {
  const ids = await emit([tuple.values[0]], { needTaskIds: true })
  emit([ids], { stream: 'ids' })
}

const direct = ({ values: [value, task] }, { emit }) => emit([value], { stream: 'direct', task })

function logging(_tuple, { log }) {
  for (const level of ['trace', 'debug', 'info', 'warn', 'error']) log(`at ${level}`, level)
  console.log('printed')
  process.stderr.write('complained\n')
}

class ShowContext extends storm.Bolt {
  initialize(conf, context) {
    this.shown = {
      component: context.component,
      task: context.task,
      tasks: Object.keys(context.tasks).length,
      fields: context.fields(),
      sources: context.sources,
      setting: conf['a.setting'],
    }
  }

  process(_tuple, { emit }) {
    emit([this.shown])
  }
}

class Counting extends storm.Bolt {
  count = 0

  process() {
    this.count++
  }
}

class Ticks extends Counting {
  tick({ emit }) {
    emit([this.count])
  }
}

class AtEnd extends Counting {
  endOfInput({ emit }) {
    emit([this.count])
  }
}

class Batch extends storm.BatchingBolt {
  groupSize = 3

  processGroup(group, { emit }) {
    if (group.some(({ values }) => values[0] === 'throw')) throw new Error('thrown on purpose')
    emit([group.length])
  }
}

class Early extends storm.Bolt {
  async initialize(_conf, _context, { emit }) {
    this.ids = await emit(['early'], { needTaskIds: true })
  }

  process(tuple, { emit }) {
    emit([...tuple.values, this.ids.length])
  }
}

function* counted(conf) {
  for (let n = 1; n <= (conf.count ?? 5); n++) yield [n]
}

class ClassicSpout extends storm.Spout {
  ids = [0, 1, 2]

  nextTuple(done) {
    if (this.ids.length > 0) {
      const id = this.ids.shift()
      this.emit({ tuple: [id], id }, () => {})
    }
    done()
  }

  ack(id, done) {
    this.log(`acked ${id}`)
    done()
  }

  fail(id, done) {
    this.log(`failed ${id}`)
    done()
  }
}

class StringIds extends ClassicSpout {
  ids = ['a-0']
}

const states = async (tuple, { emit, state }) => {
  const [key, n] = tuple.values
  const sums = state('sums')
  if (n === 0) sums.delete(key)
  else sums.put(key, ((await sums.get(key)) ?? 0) + n)
  const both = await sums.getAll([key, key === 'be' ? 'to' : 'be'])
  emit([both.map((sum) => sum ?? 'none')])
}

const COMPONENTS = {
  states: () => storm.bolt(states),
  echo: () => storm.bolt(echoed),
  'classic-echo': () => new ClassicEcho(),
  rich: () => new Rich(),
  throw: () => storm.bolt(throwing),
  'task-ids': () => storm.bolt(taskIds),
  direct: () => storm.bolt(direct),
  log: () => storm.bolt(logging),
  metric: () => storm.bolt((_tuple, { metric }) => metric('seen', 1)),
  context: () => new ShowContext(),
  ticks: () => new Ticks(),
  batch: () => new Batch(),
  'at-end': () => new AtEnd(),
  early: () => new Early(),
  count: () => storm.spout(counted, { replayDelayMs: 0 }),
  'classic-spout': () => new ClassicSpout(),
  'string-ids': () => new StringIds(),
}

COMPONENTS[process.argv.at(-1)]().run()

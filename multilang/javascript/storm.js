/**
 * Spouts and bolts in JavaScript, by Storm's multilang protocol. They run under Typhoon and under Apache Storm.
 *
 * - The modern face: `bolt`, `spout`, `Bolt`, `RichBolt`, `BatchingBolt`, `ReliableSpout`. Promises; anchors, acks and fails by itself.
 * - The classic face: `BasicBolt` and `Spout`, with the names and the callbacks of Storm's own storm.js.
 *
 * The promises: frames leave whole, in the order of the calls, at once when there is nothing else to do. A tuple is acked or failed at most
 * once. What the component prints becomes log messages. When the other side is gone, the process ends quietly. Node.js 18 or later, no
 * dependencies. Without a topology: `node component.js --hand`, or `trial` in a test.
 */
'use strict'

const { randomUUID } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const readline = require('node:readline')
const { StringDecoder } = require('node:string_decoder')
const { format } = require('node:util')

const SEPARATOR = '\nend\n'
/** Output is written when it has grown to this, or when the event loop has nothing else to do. */
const FLUSH_CHARS = 32_768
/** While more than this waits to be written, nothing is taken from the queue. */
const CHOKED_BYTES = 65_536
/** While more messages than this wait, nothing is read. */
const MOST_WAITING = 1000
const A_DAY_MS = 86_400_000
/** How long one handler may still run when the input has ended. */
const GRACE_MS = 1000
/** How long a spout's source may make the other side wait. */
const PULL_MS = 10

const SYSTEM_TASK = -1
const LEVELS = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 }
const HEARTBEAT = '__heartbeat'
const TICK = '__tick'
const END_OF_INPUT = '__end_of_input'
const NO_ANCHORS = Object.freeze([])
const NO_OPTIONS = Object.freeze({})

/** Methods of components that are not the user's business have symbols for names, so that they meet none of his. */
const SESSION = Symbol('session')
const KIND = Symbol('kind')
const CONCURRENCY = Symbol('concurrency')
const INITIALIZE = Symbol('initialize')
const OBEY = Symbol('obey')
const PROCESS = Symbol('process')

/* ------------------------------------------------------------------------------------------- tuple and context */

/** A tuple that came to a bolt. */
class Tuple {
  constructor(id, component, stream, task, values, names = []) {
    this.id = id
    this.component = component
    this.stream = stream
    this.task = task
    this.values = values
    this.names = names
    /** It was acked or failed. */
    this.settled = false
  }

  /** The value of a field. Throws where the stream has no such field. */
  field(name) {
    const index = this.names.indexOf(name)
    if (index >= 0) return this.values[index]
    const known = this.names.length > 0 ? this.names.join(', ') : 'no fields that are known'
    throw new Error(`no field '${name}': stream '${this.stream}' of '${this.component}' has ${known}`)
  }

  /** The values by the names of their fields. */
  toObject() {
    return Object.fromEntries(this.names.map((name, index) => [name, this.values[index]]))
  }

  isTickTuple() {
    return this.task === SYSTEM_TASK && this.stream === TICK
  }

  isHeartbeatTuple() {
    return this.task === SYSTEM_TASK && this.stream === HEARTBEAT
  }
}

/** The context of the handshake as it came, and its most wanted parts by name. */
class Context {
  constructor(json) {
    Object.assign(this, json)
  }

  /** Id of the component. */
  get component() {
    return this.componentid
  }

  /** Id of the task that this process is. */
  get task() {
    return this.taskid
  }

  /** Task → component, for the whole topology. */
  get tasks() {
    return this['task->component'] ?? {}
  }

  /** Ids of the components whose streams come here, sorted. */
  get sources() {
    return Object.keys(this['source->stream->grouping'] ?? {}).sort()
  }

  /** Names of the fields of an own stream. */
  fields(stream = 'default') {
    return this['stream->outputfields']?.[stream] ?? []
  }
}

/* ------------------------------------------------------------------------------------------------------- frames */

/** What came in the place of a message, and is no JSON. */
class BrokenFrame {
  constructor(text) {
    this.text = text
  }
}

/** Finds the messages in chunks of text, however it is cut. */
class FrameReader {
  /** What has come of the next message, after the line feed that ended the last one. */
  #parts = ['\n']
  /** The last characters of it: a separator may be cut in two. */
  #tail = '\n'

  /** The messages that end in this chunk, and broken frames in their places. */
  feed(chunk) {
    const text = chunk.includes('\r') ? chunk.replaceAll('\r', '') : chunk // JSON has none but for white space
    const seam = this.#tail + text
    this.#parts.push(text)
    this.#tail = seam.slice(-(SEPARATOR.length - 1))
    if (!seam.includes(SEPARATOR)) return []
    const all = this.#parts.join('')
    const end = all.lastIndexOf(SEPARATOR)
    this.#parts = [all.slice(end + SEPARATOR.length - 1)]
    // Each by itself: two broken frames never make a good one.
    const messages = []
    for (const frame of all.slice(0, end + SEPARATOR.length).split(SEPARATOR)) {
      const text = frame.replace(/^(?:\s*end(?=\s|$))+/, '').trim() // an empty message
      if (text !== '') messages.push(parseFrame(text))
    }
    return messages
  }
}

function parseFrame(text) {
  try {
    return parseExactly(text)
  } catch {
    return new BrokenFrame(text)
  }
}

const isRounded = (value) => Number.isInteger(value) && !Number.isSafeInteger(value)

function hasRounded(value) {
  return typeof value === 'object' && value !== null ? Object.values(value).some(hasRounded) : isRounded(value)
}

/** JSON, with a bigint where a whole number is over what a number of JavaScript holds. */
function parseExactly(text) {
  const value = JSON.parse(text)
  if (!hasRounded(value)) return value
  // Strings are told apart from such numbers, which travel as strings, by a letter in front.
  let marked = ''
  let from = 0
  for (let open = text.indexOf('"'); open >= 0; open = text.indexOf('"', from)) {
    marked += markNumbers(text.slice(from, open))
    for (from = open + 1; text[from] !== '"'; from++) if (text[from] === '\\') from++
    marked += `"s${text.slice(open + 1, ++from)}`
  }
  return unmark(JSON.parse(marked + markNumbers(text.slice(from))))
}

function markNumbers(text) {
  return text.replace(/-?\d[\d.eE+-]*/g, (digits) =>
    /^-?\d+$/.test(digits) && isRounded(Number(digits)) ? `"i${digits}"` : digits,
  )
}

function unmark(value) {
  if (typeof value === 'string') return value[0] === 'i' ? BigInt(value.slice(1)) : value.slice(1)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unmark)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.slice(1), unmark(item)]))
}

/** What stands before the digits of a bigint on its way into JSON; nobody's text begins like it. */
const BIGINT = `${randomUUID()}:`

/** JSON, where a bigint is its digits. */
function stringifyExactly(value) {
  try {
    return JSON.stringify(value)
  } catch {
    // A bigint, which is rare; what else there may be is thrown again.
    const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? BIGINT + item : item))
    return text.replace(new RegExp(`"${BIGINT}(-?\\d+)"`, 'g'), '$1')
  }
}

/** The other side is a parent process, on standard input and output. */
class PipePort {
  #write = process.stdout.write.bind(process.stdout)
  #text = ''
  #closing = false

  open(session) {
    const reader = new FrameReader()
    const decoder = new StringDecoder('utf8')
    process.stdin.on('data', (chunk) => session.receive(reader.feed(decoder.write(chunk))))
    process.stdin.on('end', () => session.end())
    process.stdin.on('error', () => session.end())
    process.stdout.on('error', () => process.exit(0)) // nobody reads any more
    process.stdout.on('drain', () => session.work())
    process.on('exit', () => this.#flush())
    setInterval(() => {}, A_DAY_MS) // an input that is held does not keep the process alive
    // Ctrl-C reaches the whole group of processes; the other side ends us when it has drained its topology.
    process.on('SIGINT', () => {})
    process.on('uncaughtException', (error) => {
      session.reportError(error)
      this.close(1)
    })
  }

  get choked() {
    return process.stdout.writableLength > CHOKED_BYTES
  }

  send(message) {
    if (this.#text === '') setImmediate(() => this.#flush())
    this.#text += stringifyExactly(message) + SEPARATOR
    if (this.#text.length >= FLUSH_CHARS) this.#flush()
  }

  /** Holds the input back, or lets it come. */
  hold(held) {
    if (held !== process.stdin.isPaused()) process.stdin[held ? 'pause' : 'resume']()
  }

  /** Ends the process, when everything is written. */
  close(code) {
    if (this.#closing) return
    this.#closing = true
    this.#flush()
    this.#write('', () => process.exit(code))
  }

  #flush() {
    const text = this.#text
    this.#text = ''
    if (text !== '') this.#write(text)
  }
}

/** `console` and `process.stdout` speak to the log from now on: standard output belongs to the frames. */
function leadOutputToTheLog(session) {
  for (const [method, level] of Object.entries({ log: 2, info: 2, debug: 1, warn: 3, error: 4 })) {
    console[method] = (...args) => session.log(format(...args), level)
  }
  let line = ''
  process.stdout.write = (chunk, encoding, callback) => {
    const lines = (line + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n')
    line = lines.pop()
    for (const text of lines) session.log(text)
    const done = callback ?? encoding
    if (typeof done === 'function') process.nextTick(done)
    return true
  }
  session.onClose = () => line !== '' && session.log(line)
}

/**
 * There is no other side: inputs are played to the component, and what it sends is shown. An input is a list of values, or for a
 * bolt `tick`, for a spout `next`, `ack` or `fail` (what was emitted last) or `fail ID`. The end of the inputs is the end of input.
 */
class PlayedPort {
  choked = false
  #inputs
  #show
  #setup
  #ended
  #session
  #count = 0
  #lastId = ''
  #kept = new Map()
  #resting = () => {}

  constructor(inputs, show, ended, { fields = [], conf = {} } = {}) {
    this.#inputs = inputs
    this.#show = show
    this.#ended = ended
    const context = {
      componentid: path.parse(process.argv[1] ?? 'component').name,
      taskid: 1,
      'task->component': { 1: 'component', 2: 'input' },
      'source->stream->fields': { input: { default: fields } },
    }
    this.#setup = { conf: { 'typhoon.version': 'by hand', ...conf }, context }
  }

  async open(session) {
    this.#session = session
    await this.#play(this.#setup)
    for await (const input of this.#inputs) {
      await this.#play(typeof input === 'string' ? this.#command(input) : this.#tuple(input))
    }
    if (session.hearsEnd) await this.#play({ id: '-9', comp: null, stream: END_OF_INPUT, task: SYSTEM_TASK, tuple: [] })
    session.end()
  }

  /** One message, and waits until the session would take another one. */
  #play(message) {
    return new Promise((resolve) => {
      this.#resting = resolve
      this.#session.receive([message])
    })
  }

  #tuple(values) {
    return { id: `${++this.#count}`, comp: 'input', stream: 'default', task: 2, tuple: values }
  }

  #command(text) {
    const [command, ...id] = text.split(' ')
    if (command === 'tick') return { id: '-4', comp: '__system', stream: TICK, task: SYSTEM_TASK, tuple: [1] }
    return { command, id: id.length > 0 ? typed(id.join(' ')) : this.#lastId }
  }

  /** Keeps what is put for as long as it runs. */
  #keep({ command, state, keys = [], put = [], delete: gone = [] }) {
    const kept = this.#kept.get(state) ?? new Map()
    this.#kept.set(state, kept)
    for (const [key, value] of put) kept.set(stringifyExactly(key), [value])
    for (const key of gone) kept.delete(stringifyExactly(key))
    const values = keys.map((key) => kept.get(stringifyExactly(key)) ?? [])
    if (command === 'state_get') setImmediate(() => this.#session.receive([{ state, values }]))
  }

  send(message) {
    const { command, id } = message
    if (command === 'state_get' || command === 'state_put') return this.#keep(message)
    if (command === 'emit') {
      this.#lastId = id ?? this.#lastId
      if (message.need_task_ids !== false && !message.task) setImmediate(() => this.#session.receive([[1]]))
    }
    const ofRuntime = (command === 'ack' || command === 'fail') && `${id}`.startsWith('-')
    if (command !== undefined && command !== 'sync' && !ofRuntime) this.#show(parseExactly(stringifyExactly(message)))
  }

  hold() {}

  rest() {
    this.#resting()
  }

  close(code) {
    this.#ended(code)
  }
}

/** JSON, or else text. */
function typed(text) {
  try {
    return parseExactly(text)
  } catch {
    return text
  }
}

const excerpt = (text) => (text.length > 1000 ? `${text.slice(0, 1000)} …` : text)

/* ------------------------------------------------------------------------------------------------------- session */

/** A component at work: what came and waits, what is being processed, who waits for task ids. */
class Session {
  /** Called before the last frames are written. */
  onClose = () => {}
  /** The other side knows Typhoon's extensions. */
  typhoon = false
  #component
  #port
  #queue = []
  /** Who waits for the ids of the tasks that got his tuple, in the order of the emits. */
  #answers = []
  /** What came before it was asked for. */
  #taskIds = []
  /** Who waits for values of a state, in the order of the questions. */
  #questions = []
  #fields = {}
  /** Own stream → names; undefined where the parent does not tell them. */
  #outputs
  #running = 0
  /** Messages that were waited for and are worked off. */
  #done = 0
  #state = 'new'
  #ended = false
  #grace

  constructor(component, port) {
    this.#component = component
    this.#port = port
    component[SESSION] = this
  }

  start() {
    return this.#port.open(this)
  }

  /** The component wants to hear of the end of the input. */
  get hearsEnd() {
    return typeof this.#component.endOfInput === 'function'
  }

  receive(messages) {
    for (const message of messages) {
      if (Array.isArray(message)) this.#answer(message)
      else if (message instanceof BrokenFrame) this.reportError(`storm: a message is no JSON: ${excerpt(message.text)}`)
      else if (this.#state === 'new') this.#prepare(message)
      else if (message?.values !== undefined && message.state !== undefined) this.#questions.shift()?.(message.values)
      else if (message?.stream === HEARTBEAT && message.task === SYSTEM_TASK) this.send({ command: 'sync' })
      else if (message?.[this.#component[KIND]] !== undefined) this.#queue.push(message)
      else this.log(`storm: a message was left out: ${excerpt(stringifyExactly(message))}`, 'warn')
    }
    this.work()
  }

  /** Lets the component process what waits, as far as it goes. */
  work = () => {
    const limit = this.#component[CONCURRENCY]
    while (this.#state === 'ready' && this.#queue.length > 0 && this.#running < limit && !this.#port.choked) {
      if (this.#running > 0 && this.#queue[0].task === SYSTEM_TASK) break // a tick or the end comes after what is before it
      const working = this.#component[OBEY](this.#queue.shift(), this)
      if (working !== undefined) {
        this.#running++
        working.then(this.#worked)
      }
    }
    this.#regulate()
  }

  #worked = () => {
    this.#running--
    this.#done++
    this.work()
  }

  #regulate() {
    if (this.#state === 'closed') return
    const busy = this.#running > 0 || this.#state === 'preparing'
    const waits = this.#answers.length > 0 || this.#questions.length > 0
    if (this.#ended && ((this.#queue.length === 0 && !busy) || (busy && waits))) return this.close(0)
    // Whoever waits for task ids or values waits for the input: it must not be held then.
    this.#port.hold(this.#queue.length > MOST_WAITING && !waits)
    if (this.#state === 'ready' && this.#queue.length === 0 && this.#running < this.#component[CONCURRENCY]) {
      this.#port.rest?.()
    }
  }

  /** What the other side may do beyond Storm's protocol: send a spout commands ahead of its answers, tell a bolt the end of the input. */
  #canDo() {
    if (this.#component[KIND] === 'command') return { pipelining: true }
    return this.hearsEnd ? { end_of_input: true } : {}
  }

  /** The handshake, and the component's initialize. */
  #prepare({ conf = {}, pidDir, context = {} }) {
    this.#state = 'preparing'
    this.#fields = context['source->stream->fields'] ?? {}
    const outputs = context['stream->outputfields']
    if (outputs) this.#outputs = new Map(Object.entries(outputs))
    this.typhoon = 'typhoon.version' in conf
    if (pidDir) this.#leavePid(pidDir)
    this.send({ pid: process.pid, ...(this.typhoon ? this.#canDo() : {}) })
    const ready = () => {
      this.#state = 'ready'
      this.work()
    }
    const failed = (error) => {
      this.reportError(error)
      this.close(1)
    }
    settle(() => this.#component[INITIALIZE](conf, new Context(context), this), ready, failed)
  }

  #leavePid(folder) {
    try {
      fs.closeSync(fs.openSync(path.join(folder, `${process.pid}`), 'w'))
    } catch (error) {
      this.log(`storm: no file for the pid: ${error.message}`, 'warn')
    }
  }

  /** No more input comes. What has come is processed, but nothing that would wait for an answer. */
  end() {
    this.#ended = true
    if (this.#state === 'new') return this.close(0)
    this.#allowMore()
    this.work()
  }

  /** Time for what has come: it ends where nothing of it was done for so long. */
  #allowMore() {
    const before = this.#done
    this.#grace = setTimeout(() => (this.#done === before ? this.close(0) : this.#allowMore()), GRACE_MS)
  }

  close(code) {
    if (this.#state === 'closed') return
    this.onClose()
    this.#state = 'closed'
    clearTimeout(this.#grace)
    this.#port.close(code)
  }

  send(message) {
    this.#port.send(message)
  }

  /** `received` gets the ids of the tasks. */
  ask(received) {
    if (this.#taskIds.length > 0) return received(this.#taskIds.shift())
    this.#answers.push(received)
    return this.#regulate()
  }

  #answer(taskIds) {
    const received = this.#answers.shift()
    if (received === undefined) this.#taskIds.push(taskIds)
    else received(taskIds)
  }

  /**
   * A state of this task, which the parent keeps: Typhoon's own. The option `states` of the bolt names it. Values are asked for by a
   * promise; what is written goes without an answer.
   */
  state = (name) => {
    const write = (more) => this.send({ command: 'state_put', state: name, ...more })
    const getAll = (keys) =>
      new Promise((resolve) => {
        this.#questions.push((values) => resolve(values.map((found) => found[0])))
        this.send({ command: 'state_get', state: name, keys: [...keys] })
        this.#regulate()
      })
    return {
      getAll,
      get: async (key) => (await getAll([key]))[0],
      put: (key, value) => write({ put: [[key, value]] }),
      putAll: (pairs) => write({ put: [...pairs] }),
      delete: (...keys) => write({ delete: keys }),
    }
  }

  tupleOf({ id, comp, stream, task, tuple }) {
    return new Tuple(id, comp, stream, task, tuple, this.#fields[comp]?.[stream])
  }

  /** What a handler gets to speak with: every function of it can be taken out of it. */
  outputOf(anchors) {
    const emit = (values, options) => this.emit(values, anchors, options)
    return { emit, state: this.state, log: this.log, metric: this.metric, reportError: this.reportError }
  }

  emit(values, anchors, { stream, task, id, needTaskIds = false, anchors: others = anchors } = NO_OPTIONS) {
    this.check(values, stream)
    const ids = others.map(idOfAnchor)
    const message = { command: 'emit', anchors: ids, tuple: values, id, stream, task, need_task_ids: false }
    if (this.#component[KIND] === 'command') message.anchors = undefined
    if (needTaskIds && task === undefined) message.need_task_ids = true
    this.send(message)
    if (!needTaskIds) return undefined
    return task === undefined ? new Promise((resolve) => this.ask(resolve)) : Promise.resolve([task])
  }

  /** Throws where a tuple does not fit its stream, so that the stack shows where it is emitted. */
  check(values, stream) {
    if (!Array.isArray(values)) throw new TypeError(`a tuple is an array of values, not ${stringifyExactly(values)}`)
    if (this.#outputs === undefined) return
    const name = stream ?? 'default'
    const fields = this.#outputs.get(name)
    if (fields?.length === values.length) return
    const to = `emitted to the stream "${name}"`
    if (fields === undefined)
      throw new Unfit('UNDECLARED_STREAM', `${to}; declared: ${[...this.#outputs.keys()].join(', ') || 'none'}`)
    const names = fields.length === 0 ? 'none' : `${fields.length} (${fields.join(', ')})`
    const error = new Unfit('WRONG_VALUES', `${to}: values: ${values.length}; fields: ${names}`)
    throw Object.assign(error, { permanent: true }) // no further attempt will mend it
  }

  ack = (tuple) => {
    if (tuple.settled) return
    tuple.settled = true
    this.send({ command: 'ack', id: tuple.id })
  }

  /** With the error that is to blame, if there is one. */
  fail = (tuple, error) => {
    if (error !== undefined && error !== null) this.reportError(error)
    if (tuple.settled) return
    tuple.settled = true
    this.send({ command: 'fail', id: tuple.id })
  }

  log = (text, level = 'info') => {
    this.send({ command: 'log', msg: `${text}`, level: LEVELS[level] ?? level })
  }

  metric = (name, params) => {
    this.send({ command: 'metrics', name, params })
  }

  reportError = (error) => {
    const permanent = error?.permanent === true ? { permanent: true } : {}
    const code = error instanceof Unfit ? { code: error.code } : {}
    this.send({ command: 'error', msg: `${error?.stack ?? error}`, ...permanent, ...code })
  }
}

/** An emit that does not fit what the component declares: to another stream, or with another number of values. */
class Unfit extends RangeError {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

function idOfAnchor(anchor) {
  if (!(anchor instanceof Tuple)) return anchor
  if (anchor.settled) throw new Error('emitted after the tuple was acked or failed: wait for all that a handler starts')
  return anchor.id
}

const isPromise = (value) => typeof value?.then === 'function'

/** Calls `work`, then `done` or `failed`; a promise where something is to be waited for, else undefined. */
function settle(work, done, failed) {
  try {
    const result = work()
    if (isPromise(result)) return Promise.resolve(result).then(() => done(), failed)
  } catch (error) {
    failed(error)
    return undefined
  }
  done()
  return undefined
}

/* -------------------------------------------------------------------------------------------------------- running */

/** Serves a component until the other side is gone, or plays to it what is typed. */
function run(component) {
  const byHand = process.argv.includes('--hand') || process.stdin.isTTY
  const serializer = process.env.TYPHOON_SERIALIZER || 'json'
  if (!byHand && serializer !== 'json') {
    process.stderr.write(`storm: the topology asks for ${serializer}; storm.js knows json only\n`)
    process.exit(1)
  }
  const port = byHand ? handPort(component[KIND] === 'tuple') : new PipePort()
  const session = new Session(component, port)
  leadOutputToTheLog(session)
  session.start()
}

function handPort(isBolt) {
  const { argv, stdin, stdout, stderr } = process
  const fields = argv.includes('--fields') ? argv[argv.indexOf('--fields') + 1]?.split(',') : undefined
  const hint = isBolt ? 'A line is a tuple: a JSON array, or text.' : 'Enter is next; or ack, fail.'
  if (stdin.isTTY) stderr.write(`${hint} Ctrl-D ends.\n`)
  // Whoever has read enough, as `head`, ends the program.
  stdout.on('error', () => process.exit(0))
  const write = stdout.write.bind(stdout)
  const show = (message) => write(`${shown(message)}\n`)
  const ended = (code) => write('', () => process.exit(code))
  return new PlayedPort(typedLines(isBolt), show, ended, { fields })
}

/** Each line of standard input: for a bolt a tuple or `:tick`, for a spout a command, or nothing for `next`. */
async function* typedLines(isBolt) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const text = line.trim()
    if (!isBolt) yield text || 'next'
    else if (text === ':tick') yield 'tick'
    else if (text !== '') yield Array.isArray(typed(text)) ? typed(text) : [text]
  }
}

/** A message, readably. */
function shown({ command, need_task_ids: _, ...rest }) {
  if (command === 'log') return `log    ${Object.keys(LEVELS)[rest.level ?? LEVELS.info] ?? rest.level}: ${rest.msg}`
  const { tuple, ...others } = rest
  const extra = Object.entries(others).map(([key, value]) => ` ${key}=${stringifyExactly(value)}`)
  if (command === 'emit') return `emit   ${stringifyExactly(tuple)}${extra.join('')}`
  const values = Object.values(rest).map((value) => (typeof value === 'object' ? stringifyExactly(value) : value))
  return `${command.padEnd(6)} ${values.join(' ')}`.trimEnd()
}

/**
 * Runs a component in this process, for tests, and resolves to the messages that it sent. Inputs are arrays of values (`fields` names them), or
 * `'tick'` for a bolt; for a spout `'next'`, `'ack'` and `'fail'` (of what was emitted last), or `'fail ID'`. When they are through, a
 * bolt is told the end of its input. Ids of tuples are '1', '2' … Rejects where the component cannot be initialized.
 */
function trial(component, inputs, { fields, conf } = {}) {
  return new Promise((resolve, reject) => {
    const sent = []
    const ended = (code) => (code === 0 ? resolve(sent) : reject(new Error(sent.at(-1)?.msg)))
    const port = new PlayedPort(inputs, (message) => sent.push(message), ended, { fields, conf })
    new Session(component, port).start().catch(reject)
  })
}

/* ----------------------------------------------------------------------------------------------- the modern face */

/** A bolt whose tuples are anchored, acked and failed for it. Subclasses write `process`. */
class Bolt {
  /** How many tuples may be in `process` at a time. */
  concurrency = 1

  get [KIND]() {
    return 'tuple'
  }

  get [CONCURRENCY]() {
    return this.concurrency
  }

  /** Once, before the first tuple. May return a promise. */
  initialize(_conf, _context, _out) {}

  /** When it returns, or its promise resolves, the tuple is acked. When it throws, the error is reported and the tuple fails. */
  process(_tuple, _out) {}

  run() {
    run(this)
  }

  [INITIALIZE](conf, context, session) {
    return this.initialize(conf, context, session.outputOf(NO_ANCHORS))
  }

  [OBEY](message, session) {
    const tuple = session.tupleOf(message)
    const done = () => session.ack(tuple)
    const failed = (error) => session.fail(tuple, error)
    if (tuple.task !== SYSTEM_TASK) return this[PROCESS](tuple, session, done, failed)
    const out = session.outputOf(NO_ANCHORS)
    if (tuple.stream === TICK) return settle(() => this.tick?.(out, tuple), done, failed)
    return settle(() => (tuple.stream === END_OF_INPUT ? this.endOfInput?.(out) : undefined), done, failed)
  }

  [PROCESS](tuple, session, done, failed) {
    return settle(() => this.process(tuple, session.outputOf([tuple])), done, failed)
  }
}

/** A bolt that anchors, acks and fails by itself: `process(tuple, { emit, ack, fail })`. An error that it throws fails the tuple. */
class RichBolt extends Bolt {
  [PROCESS](tuple, session, _done, failed) {
    const out = { ...session.outputOf(NO_ANCHORS), ack: session.ack, fail: session.fail }
    return settle(
      () => this.process(tuple, out),
      () => {},
      failed,
    )
  }
}

/**
 * A bolt that processes its tuples in groups: when one is full, at every tick, and at the end of the input. What it emits is anchored
 * to the whole group, which is acked together, or fails together. Subclasses write `processGroup`.
 */
class BatchingBolt extends Bolt {
  groupSize = 100
  #group = []

  processGroup(_tuples, _out) {}

  /** A subclass that has its own calls this one too; so with `endOfInput`. */
  tick() {
    return this.#processGroup()
  }

  endOfInput() {
    return this.#processGroup()
  }

  [PROCESS](tuple) {
    this.#group.push(tuple)
    return this.#group.length >= this.groupSize ? this.#processGroup() : undefined
  }

  #processGroup() {
    const session = this[SESSION]
    const group = this.#group
    if (group.length === 0) return undefined
    this.#group = []
    const failed = (error) => {
      session.reportError(error)
      for (const tuple of group) session.fail(tuple)
    }
    return settle(
      () => this.processGroup(group, session.outputOf(group)),
      () => group.forEach(session.ack),
      failed,
    )
  }
}

/** A bolt of a function `process(tuple, out)`; `parts` may have `initialize`, `tick`, `endOfInput`, `concurrency`. */
function bolt(process, parts) {
  return Object.assign(new Bolt(), parts, { process })
}

/**
 * A spout that keeps what it emitted until it is acked, and emits again what has failed, after a back-off.
 *
 * Subclasses write `tuples`, a generator, which may be asynchronous. What is kept is kept in memory: where the process dies, the source
 * begins anew.
 */
class ReliableSpout {
  /** How often a tuple is emitted before it is given up; undefined: `topology.replay.max.attempts`, or 5. */
  maxAttempts
  /** Before the first replay, doubled for each further one; undefined: `topology.replay.delay.ms`, or 100. */
  replayDelayMs
  /** Its upper limit; undefined: `topology.replay.max.delay.ms`, or 30 000. */
  maxReplayDelayMs
  #source
  #pulled
  #exhausted = false
  #kept = new Map()
  /** Failed roots, by the time of their replay. */
  #due = []
  #count = 0
  // Ids of an earlier process of this spout, which the other side may still fail, must not be taken for ours.
  #prefix = `${Math.floor(Math.random() * 2 ** 32).toString(16)}-`
  #maxWaiting = 1000

  get [KIND]() {
    return 'command'
  }

  get [CONCURRENCY]() {
    return 1
  }

  initialize(_conf, _context, _out) {}

  /**
   * The source: yields arrays of values, or `{ tuple, stream, task, id }`, or undefined where there is nothing just now. Its end is the
   * end of the input. When it throws, that is reported, and it is called anew.
   */
  *tuples() {}

  /** A tuple is done, and kept no longer. */
  acked(_id, _values) {}

  /** A tuple has failed too often, and is kept no longer. Unless overridden, it is reported as an error. */
  givenUp(_id, values) {
    this[SESSION].reportError(`given up after ${this.maxAttempts} attempts: ${stringifyExactly(values)}`)
  }

  run() {
    run(this)
  }

  [INITIALIZE](conf, context, session) {
    this.#maxWaiting = conf['topology.max.spout.pending'] ?? this.#maxWaiting
    this.maxAttempts ??= conf['topology.replay.max.attempts'] ?? 5
    this.replayDelayMs ??= conf['topology.replay.delay.ms'] ?? 100
    this.maxReplayDelayMs ??= conf['topology.replay.max.delay.ms'] ?? 30_000
    return this.initialize(conf, context, session.outputOf(NO_ANCHORS))
  }

  [OBEY]({ command, id }, session) {
    const done = () => {
      const over = this.#exhausted && this.#due.length === 0
      if (command === 'next' && over && session.typhoon) session.send({ command: 'exhausted' })
      session.send({ command: 'sync' })
    }
    const failed = (error) => {
      session.reportError(error)
      session.send({ command: 'sync' })
    }
    return settle(() => this.#obey(command, id), done, failed)
  }

  #obey(command, id) {
    const root = this.#kept.get(id)
    if (command === 'next') return this.#next()
    if (root === undefined) return undefined
    if (command === 'fail') return this.#fail(root)
    if (command !== 'ack') return undefined
    this.#kept.delete(id)
    return this.acked(id, root.tuple)
  }

  #next() {
    if (this.#due.length > 0 && this.#due[0].dueAt <= performance.now()) {
      const root = this.#due.shift()
      root.attempts++
      root.dueAt = undefined
      if (this.#kept.has(root.id)) this.#send(root)
      return undefined
    }
    return this.#exhausted || this.#due.length >= this.#maxWaiting ? undefined : this.#pull()
  }

  /** What the source has next. A slow one is not waited for: what it yields is emitted when we are next asked. */
  #pull() {
    try {
      this.#source ??= iteratorOf(this.tuples())
      this.#pulled ??= this.#source.next()
    } catch (error) {
      return this.#broken(error)
    }
    if (!isPromise(this.#pulled)) return this.#take(this.#pulled)
    this.#pulled.then(undefined, () => {}) // it may be rejected while nobody waits for it
    return inTime(this.#pulled).then(
      (step) => step && this.#take(step),
      (error) => this.#broken(error),
    )
  }

  /** A generator that has thrown has ended. */
  #broken(error) {
    this.#source = this.#pulled = undefined
    throw error
  }

  #take({ done, value }) {
    this.#pulled = undefined
    if (done) this.#exhausted = true
    else if (value) this.#keep(Array.isArray(value) ? { tuple: value } : value)
    return undefined
  }

  #keep({ tuple, stream, task, id = this.#prefix + ++this.#count }) {
    const root = { id, tuple, stream, task, attempts: 1, dueAt: undefined }
    this.#send(root)
    this.#kept.set(id, root)
  }

  #send({ tuple, id, stream, task }) {
    this[SESSION].emit(tuple, NO_ANCHORS, { id, stream, task })
  }

  #fail(root) {
    if (root.dueAt !== undefined) return undefined
    if (root.attempts >= this.maxAttempts) {
      this.#kept.delete(root.id)
      return this.givenUp(root.id, root.tuple)
    }
    const delay = Math.min(this.maxReplayDelayMs, this.replayDelayMs * 2 ** (root.attempts - 1))
    // Jitter, so that what failed together does not come back together.
    root.dueAt = performance.now() + delay * (0.5 + Math.random() / 2)
    const after = this.#due.findLastIndex((other) => other.dueAt <= root.dueAt)
    this.#due.splice(after + 1, 0, root)
    return undefined
  }
}

const iteratorOf = (source) => source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]()

/** What the promise resolves to; undefined where it takes too long. */
function inTime(promise) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PULL_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A ReliableSpout of a generator function `(conf, context)`: see `ReliableSpout.tuples`. */
function spout(source, parts) {
  let given = []
  return Object.assign(new ReliableSpout(), parts, {
    initialize: (...args) => {
      given = args
    },
    tuples: () => source(...given),
  })
}

/* ---------------------------------------------------------------------------------------------- the classic face */

// Functions and not classes: a component of old calls them on its own object, `BasicBolt.call(this)`.

/** What the classic bolt and the classic spout have in common. */
function Storm() {}

/** Calls `done` when the component is ready. */
Storm.prototype.initialize = (_conf, _context, done) => done()

Storm.prototype.run = function () {
  run(this)
}

Storm.prototype.sendMsgToParent = function (message) {
  this[SESSION].send(message)
}

Storm.prototype.sync = function () {
  this[SESSION].send({ command: 'sync' })
}

/** Storm's has no level: it is info. */
Storm.prototype.log = function (text, level) {
  this[SESSION].log(text, level)
}

/**
 * Emits `{ tuple, stream, anchorTupleId, id }`. `onTaskIds` gets the ids of the tasks that it went to; only with `need_task_ids: false`,
 * which Storm's storm.js does not know, it may be left out.
 */
Storm.prototype.emit = function (details, onTaskIds) {
  if (details.task) throw new Error('emit takes no task: use emitDirect')
  const asks = details.need_task_ids !== false
  if (asks && !onTaskIds) throw new Error('emit needs a function onTaskIds(taskIds)')
  this.__emit(details)
  if (asks) this[SESSION].ask(onTaskIds)
}

/** As `emit`, to the one task that is `task`. Nobody is told task ids. */
Storm.prototype.emitDirect = function (details) {
  if (!details.task) throw new Error('emitDirect needs a task')
  this.__emit(details)
}

Storm.prototype[CONCURRENCY] = 1

/** Storm's takes commands only when `done` was called. */
Storm.prototype[INITIALIZE] = function (conf, context) {
  return untilCalled((done) => this.initialize(conf, context, done))
}

/**
 * A promise of the call of what `work` gets, or undefined where it has been called already; rejects where `work` does. The argument of the
 * call is handed to `result`.
 */
function untilCalled(work, result = () => {}) {
  let called = false
  let resolve = () => {}
  const returned = work((value) => {
    if (called) return
    called = true
    result(value)
    resolve()
  })
  if (called) return undefined
  return new Promise((resolved, rejected) => {
    resolve = resolved
    if (isPromise(returned)) returned.then(undefined, rejected)
  })
}

/** A bolt with `process(tuple, done)`: `done()` acks the tuple, `done(error)` fails it. It anchors by itself, with `anchorTupleId`. */
function BasicBolt() {
  Storm.call(this)
  this.anchorTuple = null
}

BasicBolt.prototype = Object.create(Storm.prototype, { constructor: { value: BasicBolt, writable: true } })

BasicBolt.prototype[KIND] = 'tuple'
/** As Storm's: the next tuple does not wait for `done`. */
BasicBolt.prototype[CONCURRENCY] = Number.POSITIVE_INFINITY

BasicBolt.prototype.process = (_tuple, _done) => {}

BasicBolt.prototype.ack = function (tuple) {
  this[SESSION].ack(tuple)
}

BasicBolt.prototype.fail = function (tuple, error) {
  this[SESSION].fail(tuple, error)
}

BasicBolt.prototype.__emit = function ({ tuple, stream, task, need_task_ids, anchorTupleId = [] }) {
  const anchors = [anchorTupleId ?? []].flat()
  this[SESSION].check(tuple, stream)
  this[SESSION].send({ command: 'emit', tuple, stream, task, need_task_ids, anchors })
}

BasicBolt.prototype[OBEY] = function (message, session) {
  const tuple = session.tupleOf(message)
  const done = (error) => (error ? this.fail(tuple, error) : this.ack(tuple))
  return settle(
    () => untilCalled((called) => this.process(tuple, called), done),
    () => {},
    (error) => this.fail(tuple, error),
  )
}

/**
 * A spout with `nextTuple(done)`, `ack(id, done)`, `fail(id, done)`, and if it likes `activate(done)` and `deactivate(done)`. A method that
 * takes no `done` is done when it returns, or when its promise resolves.
 */
function Spout() {
  Storm.call(this)
}

Spout.prototype = Object.create(Storm.prototype, { constructor: { value: Spout, writable: true } })

Spout.prototype[KIND] = 'command'

Spout.prototype.nextTuple = (done) => done()
Spout.prototype.ack = (_id, done) => done()
Spout.prototype.fail = (_id, done) => done()
Spout.prototype.activate = (done) => done()
Spout.prototype.deactivate = (done) => done()

Spout.prototype.__emit = function ({ tuple, id, stream, task, need_task_ids }) {
  this[SESSION].check(tuple, stream)
  this[SESSION].send({ command: 'emit', tuple, id, stream, task, need_task_ids })
}

Spout.prototype[OBEY] = function ({ command, id }, session) {
  const [method, args] = {
    next: [this.nextTuple, []],
    ack: [this.ack, [id]],
    fail: [this.fail, [id]],
    activate: [this.activate, []],
    deactivate: [this.deactivate, []],
  }[command] ?? [() => session.log(`storm: an unknown command was left out: ${command}`, 'warn'), []]
  const takesDone = method.length > args.length
  const work = () => (takesDone ? untilCalled((done) => method.call(this, ...args, done)) : method.call(this, ...args))
  const synced = () => session.send({ command: 'sync' })
  return settle(work, synced, (error) => {
    session.reportError(error)
    synced()
  })
}

module.exports = {
  bolt,
  spout,
  Bolt,
  RichBolt,
  BatchingBolt,
  ReliableSpout,
  trial,
  Tuple,
  Context,
  Storm,
  BasicBolt,
  Spout,
}

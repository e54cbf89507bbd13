/**
 * The limit programs: word count with XOR acking, written by hand with no runtime under it. They are the denominators
 * of the benchmark: a runtime cannot beat them by much, and how close it comes says what its generality costs. Started
 * as a process of its own:
 *
 *     node dist/lib/bench/limit.js one        one process: spout → split → count, every tuple tree acked
 *     node dist/lib/bench/limit.js one-raw    the same without acking
 *     node dist/lib/bench/limit.js two        two processes over one WebSocket, each counts half of the words
 *     node dist/lib/bench/limit.js windows    one process: events → sliding counts by key, every event acked
 *
 * Prints one line of JSON. `two` needs the package msgpackr, which is installed for development only.
 */
import { fork } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { SENTENCES } from './topologies/components.ts'
import { eventOf, SLIDE_MS, WINDOW_MS } from './topologies/window-topologies.ts'

const SECONDS = Number(process.env['LIMIT_SECONDS'] ?? 5)
/** Roots in flight at most. */
const PENDING = 5000
/** Words whose last letter is odd are counted in the other process: about a half. */
const isRemote = (word: string): boolean => (word.charCodeAt(word.length - 1) & 1) === 1
const random32 = (): number => (Math.random() * 4294967296) | 0

interface Entry {
  high: number
  low: number
  known: boolean
}

/** Root → what is left of its XOR. */
class LimitLedger {
  completed = 0
  readonly #entries = new Map<number, Entry>()

  xor(root: number, high: number, low: number, isInit: boolean): void {
    let entry = this.#entries.get(root)
    if (entry === undefined) this.#entries.set(root, (entry = { high, low, known: isInit }))
    else {
      entry.high ^= high
      entry.low ^= low
      if (isInit) entry.known = true
    }
    if (entry.known && entry.high === 0 && entry.low === 0) {
      this.#entries.delete(root)
      this.completed++
    }
  }
}

class LimitTuple<Values = string[]> {
  values: Values
  root: number
  high: number
  low: number

  constructor(values: Values, root: number, high: number, low: number) {
    this.values = values
    this.root = root
    this.high = high
    this.low = low
  }
}

function report(program: string, sentences: number, words: number, seconds: number): void {
  const rates = { sentencesPerSecond: Math.round(sentences / seconds), wordsPerSecond: Math.round(words / seconds) }
  process.stdout.write(`${JSON.stringify({ program, ...rates })}\n`)
}

function one(acked: boolean): void {
  const splitInbox: LimitTuple[] = []
  const countInbox: LimitTuple[] = []
  const counts = new Map<string, number>()
  const ledger = new LimitLedger()
  let emitted = 0
  let words = 0
  const start = performance.now()
  while (performance.now() < start + SECONDS * 1000) {
    for (let k = 0; k < 256 && (!acked || emitted - ledger.completed < PENDING); k++) {
      const root = ++emitted
      const high = random32()
      const low = random32()
      splitInbox.push(new LimitTuple([SENTENCES[root % 5]!], root, high, low))
      if (acked) ledger.xor(root, high, low, true)
    }
    for (const tuple of splitInbox) {
      let { high, low } = tuple
      for (const word of tuple.values[0]!.split(' ')) {
        const h = random32()
        const l = random32()
        high ^= h
        low ^= l
        countInbox.push(new LimitTuple([word], tuple.root, h, l))
      }
      if (acked) ledger.xor(tuple.root, high, low, false)
    }
    splitInbox.length = 0
    for (const tuple of countInbox) {
      const word = tuple.values[0]!
      counts.set(word, (counts.get(word) ?? 0) + 1)
      words++
      if (acked) ledger.xor(tuple.root, tuple.high, tuple.low, false)
    }
    countInbox.length = 0
  }
  report(acked ? 'one' : 'one-raw', acked ? ledger.completed : emitted, words, (performance.now() - start) / 1000)
}

interface Ack {
  root: number
  high: number
  low: number
}

async function load() {
  const [{ WebSocket, WebSocketServer }, { Packr }] = await Promise.all([import('ws'), import('msgpackr')])
  return { WebSocket, WebSocketServer, packr: new Packr({ useRecords: false }) }
}

type Packer = Awaited<ReturnType<typeof load>>['packr']

/** Frame: count, roots, high halves, low halves, then the words as msgpack, which acks do not have. */
function encode(packr: Packer, batch: readonly Ack[], words?: readonly string[]): Buffer {
  const n = batch.length
  const head = 8 + n * 16
  const body = words === undefined ? Buffer.alloc(0) : packr.pack(words)
  const frame = Buffer.allocUnsafeSlow(head + body.length)
  frame.writeDoubleLE(n, 0)
  const roots = new Float64Array(frame.buffer, 8, n)
  const xors = new Int32Array(frame.buffer, 8 + n * 8, n * 2)
  for (let i = 0; i < n; i++) {
    roots[i] = batch[i]!.root
    xors[i] = batch[i]!.high
    xors[n + i] = batch[i]!.low
  }
  body.copy(frame, head)
  return frame
}

type Visit = (root: number, high: number, low: number, word: string) => void

function decode(packr: Packer, data: Buffer, withWords: boolean, visit: Visit): void {
  const copy = data.byteOffset % 8 === 0 ? data : Buffer.from(new Uint8Array(data).buffer)
  const n = copy.readDoubleLE(0)
  const roots = new Float64Array(copy.buffer, copy.byteOffset + 8, n)
  const xors = new Int32Array(copy.buffer, copy.byteOffset + 8 + n * 8, n * 2)
  const words = withWords ? (packr.unpack(copy.subarray(8 + n * 16)) as string[]) : []
  for (let i = 0; i < n; i++) visit(roots[i]!, xors[i]!, xors[n + i]!, words[i]!)
}

/** The other process of `two`. */
async function remoteCounter(url: string): Promise<void> {
  const { WebSocket, packr } = await load()
  const socket = new WebSocket(url, { perMessageDeflate: false })
  const counts = new Map<string, number>()
  socket.on('message', (data: Buffer) => {
    const acks = new Map<number, Ack>() // one XOR per root in this batch, not one per word
    decode(packr, data, true, (root, high, low, word) => {
      counts.set(word, (counts.get(word) ?? 0) + 1)
      const ack = acks.get(root)
      if (ack === undefined) acks.set(root, { root, high, low })
      else {
        ack.high ^= high
        ack.low ^= low
      }
    })
    socket.send(encode(packr, [...acks.values()]))
  })
  socket.on('close', () => process.exit(0))
}

async function two(): Promise<void> {
  const { WebSocketServer, packr } = await load()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => {
    const { port } = server.address() as AddressInfo
    fork(fileURLToPath(import.meta.url), ['remote-counter', `ws://127.0.0.1:${port}`])
  })
  server.on('connection', (socket) => {
    const counts = new Map<string, number>()
    const ledger = new LimitLedger()
    let emitted = 0
    let words = 0
    socket.on('message', (data: Buffer) =>
      decode(packr, data, false, (root, high, low) => ledger.xor(root, high, low, false)),
    )
    const start = performance.now()
    const turn = (): void => {
      const remote: LimitTuple[] = []
      const local: LimitTuple[] = []
      for (let k = 0; k < 512 && emitted - ledger.completed < PENDING; k++) {
        const root = ++emitted
        let high = random32()
        let low = random32()
        ledger.xor(root, high, low, true)
        for (const word of SENTENCES[root % 5]!.split(' ')) {
          const h = random32()
          const l = random32()
          high ^= h
          low ^= l
          words++
          ;(isRemote(word) ? remote : local).push(new LimitTuple([word], root, h, l))
        }
        ledger.xor(root, high, low, false)
      }
      if (remote.length > 0)
        socket.send(
          encode(
            packr,
            remote,
            remote.map((tuple) => tuple.values[0]!),
          ),
        )
      for (const tuple of local) {
        const word = tuple.values[0]!
        counts.set(word, (counts.get(word) ?? 0) + 1)
        ledger.xor(tuple.root, tuple.high, tuple.low, false)
      }
      if (performance.now() < start + SECONDS * 1000) setImmediate(turn)
      else {
        report(
          'two',
          ledger.completed,
          Math.round((words * ledger.completed) / emitted),
          (performance.now() - start) / 1000,
        )
        socket.close()
        server.close()
      }
    }
    turn()
  })
}

/**
 * Windows share panes: a key has a ring of counts, one for each slide, which a firing adds up. What fires is in no
 * tree.
 */
function windows(): void {
  const PANES = WINDOW_MS / SLIDE_MS
  const inbox: LimitTuple<[key: string, at: number]>[] = []
  const results: LimitTuple<[key: string, count: number, start: number, end: number]>[] = []
  const counts = new Map<string, Int32Array>()
  const ledger = new LimitLedger()
  let emitted = 0
  let fired = 0
  let pane = Number.NEGATIVE_INFINITY
  const fire = (): void => {
    const end = (pane + 1) * SLIDE_MS
    for (const [key, ring] of counts) {
      let sum = 0
      for (let i = 0; i < PANES; i++) sum += ring[i]!
      if (sum > 0) results.push(new LimitTuple([key, sum, end - WINDOW_MS, end], 0, 0, 0))
      ring[(pane + 1) % PANES] = 0
    }
    fired += results.length
    results.length = 0
  }
  const start = performance.now()
  while (performance.now() < start + SECONDS * 1000) {
    for (let k = 0; k < 256 && emitted - ledger.completed < PENDING; k++) {
      const root = ++emitted
      const high = random32()
      const low = random32()
      inbox.push(new LimitTuple(eventOf(root), root, high, low))
      ledger.xor(root, high, low, true)
    }
    for (const { values, root, high, low } of inbox) {
      const [key, at] = values
      const its = Math.floor(at / SLIDE_MS)
      if (pane === Number.NEGATIVE_INFINITY) pane = its
      for (; pane < its; pane++) fire()
      let ring = counts.get(key)
      if (ring === undefined) counts.set(key, (ring = new Int32Array(PANES)))
      ring[its % PANES]!++
      ledger.xor(root, high, low, false)
    }
    inbox.length = 0
  }
  report('windows', fired, ledger.completed, (performance.now() - start) / 1000)
}

switch (process.argv[2]) {
  case 'one':
    one(true)
    break
  case 'one-raw':
    one(false)
    break
  case 'two':
    await two()
    break
  case 'windows':
    windows()
    break
  case 'remote-counter':
    await remoteCounter(process.argv[3]!)
    break
  default:
    process.stderr.write('limit: one of one, one-raw, two, windows\n')
    process.exitCode = 2
}

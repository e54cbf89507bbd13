import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { FileSinkBolt } from '../../../lib/components/index.ts'
import { type ErrorCode, fields, TyphoonError } from '../../../lib/index.ts'
import type { StoreWriter } from '../../../lib/store/store.ts'
import type { StateContext } from '../../../lib/trident/model/state.ts'
import { TridentTuple } from '../../../lib/trident/model/tuple.ts'
import { FileState, fileSink } from '../../../lib/trident/state/file-state.ts'
import type { Files, OpenFile } from '../../../lib/trident/state/sink-files.ts'
import type { FileSinkOptions } from '../../../lib/trident/state/state-options.ts'
import { MemoryStore } from '../../../lib/trident/window/memory-store.ts'
import { BoltRun, FakeContext } from '../../components/fakes.ts'
import { sharedFolder } from '../../folder.ts'
import { volume } from '../../volume.ts'

const PATH = 'out.jsonl'

class Killed extends Error {}

/** A machine with one file and one store, that can be stopped at each of its steps. */
class Machine implements Files {
  /** What the system has, and what the disk has for sure. */
  #content: Buffer | undefined
  #durable: Buffer = Buffer.alloc(0)
  /** Steps until one fails; none where it is infinite. */
  stepsLeft = Number.POSITIVE_INFINITY
  /** How it fails: the process ends, or the disk is full, in the middle of a write or when a transaction is done. */
  failure: () => Error = () => new Killed()
  steps = 0
  readonly store: MemoryStore

  constructor() {
    const step = () => this.step()
    this.store = new (class extends MemoryStore {
      override transaction(write: (writer: StoreWriter) => void): void {
        step()
        super.transaction(write)
        step()
      }
    })()
  }

  step(): void {
    this.steps++
    if (this.stepsLeft-- <= 0) throw this.failure()
  }

  get text(): string {
    return String(this.#content ?? '')
  }

  set text(text: string) {
    this.#content = Buffer.from(text)
  }

  /** Of what was not synced anything may be there or not; here `part` of 3 stands for four cases. */
  cutPower(part: number): void {
    const now = this.#content
    if (now === undefined) return
    const old = this.#durable
    const longer = Buffer.alloc(Math.max(now.length, old.length))
    old.copy(longer)
    const some = Buffer.from(now.subarray(0, Math.max(old.length, Math.floor(now.length / 2))))
    this.#content = [now, old, longer, some.length >= old.length ? some : old][part]
  }

  exists(): boolean {
    return this.#content !== undefined
  }

  open(): OpenFile {
    this.step()
    this.#content ??= Buffer.alloc(0)
    const machine = this
    return {
      size: () => machine.#content!.length,
      isAt: () => true,
      read: (buffer, position) => machine.#content!.copy(buffer, 0, position),
      write(bytes, position) {
        const old = machine.#content!
        const write = (count: number) => {
          machine.#content = Buffer.concat([
            old.subarray(0, position),
            bytes.subarray(0, count),
            old.subarray(position + count),
          ])
        }
        machine.step()
        write(bytes.length >> 1)
        machine.step()
        write(bytes.length)
        machine.step()
      },
      truncate(length) {
        machine.step()
        machine.#content = machine.#content!.subarray(0, length)
        machine.step()
      },
      sync() {
        machine.step()
        machine.#durable = machine.#content!
      },
      close: () => {},
    }
  }
}

const open = (machine: Machine, sync = true) => FileState.open(PATH, machine.store, sync, machine)

function write(state: FileState, txid: number, lines: readonly string[]): void {
  state.beginCommit(txid)
  for (const line of lines) state.append(line)
  state.commit(txid)
}

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

async function throwsCode(t: ExecutionContext, code: ErrorCode, call: () => unknown): Promise<TyphoonError> {
  const error = await t.throwsAsync(async () => void (await call()), { instanceOf: TyphoonError })
  t.is(error?.code, code, error?.message)
  return error as TyphoonError
}

test('lines stand in the file once, in the order of their transactions', async (t) => {
  const machine = new Machine()
  const state = await open(machine)
  write(state, 1, ['a', 'b'])
  write(state, 2, [])
  write(state, 4, ['c'])
  t.is(machine.text, 'a\nb\nc\n')
})

test('a transaction that comes again replaces what it wrote, with the same lines or with others or with none', async (t) => {
  const machine = new Machine()
  let state = await open(machine)
  write(state, 1, ['a'])
  write(state, 2, ['b', 'b'])
  write(state, 2, ['c'])
  t.is(machine.text, 'a\nc\n')
  state = await open(machine)
  write(state, 2, ['d', 'd', 'd'])
  t.is(machine.text, 'a\nd\nd\nd\n')
  write(state, 2, [])
  t.is(machine.text, 'a\n')
  write(state, 3, ['e'])
  t.is(machine.text, 'a\ne\n')
})

test('killed between any two steps, or in the middle of a write, the file goes on with what was committed', async (t) => {
  const script: readonly (readonly [txid: number, ...lines: string[]])[] = [
    [1, 'one', 'two'],
    [2, 'three'],
    [2, 'four', 'five', 'six'],
    [2, 'seven'],
    [3, 'eight'],
  ]
  const run = async (machine: Machine) => {
    let state: FileState | undefined
    for (const [txid, ...lines] of script) {
      for (let done = false; !done; ) {
        try {
          state ??= await open(machine)
          write(state, txid, lines)
          done = true
        } catch (error) {
          if (machine.stepsLeft >= 0) throw error
          state = undefined
          machine.stepsLeft = Number.POSITIVE_INFINITY
        }
      }
    }
    return machine
  }
  const { steps } = await run(new Machine())
  t.true(steps > 30, `${steps} steps`)
  for (let stepsLeft = 0; stepsLeft < steps; stepsLeft++) {
    const machine = new Machine()
    machine.stepsLeft = stepsLeft
    t.is((await run(machine)).text, 'one\ntwo\nseven\neight\n', `killed after ${stepsLeft} steps`)
  }
})

test('whatever fails, whatever is replayed: the file holds just the lines of the last attempt of each transaction', async (t) => {
  const lines = fc.array(
    fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)),
    { maxLength: 5 },
  )
  const former = fc.record({
    lines: fc.option(lines),
    stepsLeft: fc.oneof(fc.nat(14), fc.constant(Number.POSITIVE_INFINITY)),
    failure: fc.constantFrom('kill', 'power', 'full'),
    part: fc.nat(3),
  })
  const transactions = fc.array(fc.record({ former: fc.array(former, { maxLength: 3 }), lines }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(transactions, async (list) => {
      const machine = new Machine()
      let state: FileState | undefined
      let expected = ''
      for (const [index, transaction] of list.entries()) {
        for (const attempt of transaction.former) {
          machine.stepsLeft = attempt.stepsLeft
          machine.failure = () => (attempt.failure === 'full' ? new Error('ENOSPC') : new Killed())
          try {
            state ??= await open(machine)
            write(state, index + 1, attempt.lines ?? transaction.lines)
          } catch {
            if (attempt.failure !== 'full') state = undefined
            if (attempt.failure === 'power') machine.cutPower(attempt.part)
          }
        }
        machine.stepsLeft = Number.POSITIVE_INFINITY
        state ??= await open(machine)
        write(state, index + 1, transaction.lines)
        expected += textOf(transaction.lines)
        t.is(machine.text, expected)
      }
    }),
    { numRuns: volume(300, 1500) },
  )
})

test('a full disk is an error that says so, and the lines are written when the batch comes again', async (t) => {
  const machine = new Machine()
  const state = await open(machine)
  write(state, 1, ['a'])
  machine.stepsLeft = 1
  machine.failure = () => new Error('ENOSPC: no space left on device')
  await throwsCode(t, 'STATE_UNAVAILABLE', () => write(state, 2, ['some long line']))
  t.is(machine.text, 'a\nsome lo')
  machine.stepsLeft = Number.POSITIVE_INFINITY
  write(state, 2, ['b'])
  t.is(machine.text, 'a\nb\n')
})

test('a file that was cut, changed or taken away is corrupt, and stays as it is', async (t) => {
  for (const text of ['aaaa\n', 'aaaa\nbxbb\n', 'aaaa\nbxbb\nmore\n']) {
    const machine = new Machine()
    write(await open(machine), 1, ['aaaa', 'bbbb'])
    machine.text = text
    await throwsCode(t, 'STATE_CORRUPT', () => open(machine))
    t.is(machine.text, text)
  }
})

test('a file that somebody else writes to meanwhile is corrupt', async (t) => {
  const machine = new Machine()
  const state = await open(machine)
  write(state, 1, ['a'])
  machine.text = 'a\nb\n'
  await throwsCode(t, 'STATE_CORRUPT', () => write(state, 2, ['c']))
  machine.text = ''
  await throwsCode(t, 'STATE_CORRUPT', () => write(state, 2, ['c']))
})

test('a store that does not say how long the file is is corrupt', async (t) => {
  const machine = new Machine()
  machine.store.transaction((writer) => writer.put('head', { txid: 1 }))
  await throwsCode(t, 'STATE_CORRUPT', () => open(machine))
})

test('a transaction behind the last one is refused', async (t) => {
  const machine = new Machine()
  write(await open(machine), 5, ['a'])
  const state = await open(machine)
  await throwsCode(t, 'TXID_BEHIND', () => write(state, 4, ['b']))
  t.is(machine.text, 'a\n')
})

test('a DRPC request may not write', async (t) => {
  const state = await open(new Machine())
  state.beginCommit(null)
  await throwsCode(t, 'DRPC_WRITES', () => state.append('a'))
})

// ── on the disk ──

const folder = sharedFolder()

const FIELDS = fields<{ card: string; amount: number | null }>('card', 'amount')

function contextOf(name: string, over: Partial<StateContext> = {}): StateContext {
  const task = new FakeContext({ config: { 'topology.state.dir': join(folder, 'state') } })
  return { name, partitionIndex: 0, numPartitions: 1, task, spout: 'opaque', ...over }
}

async function sinkTo(
  path: string,
  rows: readonly (readonly [string, number | null])[],
  options: FileSinkOptions = {},
  over = {},
) {
  const sink = fileSink(join(folder, path), options)
  const state = await sink.state.makeState(contextOf(path, over))
  state.beginCommit(1)
  const tuples = rows.map((values) => new TridentTuple(values, FIELDS))
  await sink.updater(state, tuples, { emit: () => {}, reportError: () => {} })
  state.commit(1)
  await state.close()
}

test('a file on the disk gets a JSON object for each tuple, and its folder is made', async (t) => {
  await sinkTo('deep/er/json.jsonl', [
    ['a', 1],
    ['b\n', null],
  ])
  t.is(
    readFileSync(join(folder, 'deep/er/json.jsonl'), 'utf8'),
    '{"card":"a","amount":1}\n{"card":"b\\n","amount":null}\n',
  )
  await sinkTo('deep/er/json.jsonl', [['c', 3]])
  t.is(
    readFileSync(join(folder, 'deep/er/json.jsonl'), 'utf8'),
    '{"card":"c","amount":3}\n',
    'the same transaction again',
  )
})

test('a file that another sink writes is refused, by another name too, until that one ends', async (t) => {
  const first = await fileSink(join(folder, 'one.jsonl')).state.makeState(contextOf('one'))
  symlinkSync('one.jsonl', join(folder, 'two.jsonl'))
  const second = () => fileSink(join(folder, 'two.jsonl')).state.makeState(contextOf('two'))
  const error = await throwsCode(t, 'OUTPUT_IN_USE', second)
  t.is(error.where.file, join(folder, 'two.jsonl'))
  const sink = new FileSinkBolt(join(folder, 'two.jsonl'))
  t.throws(() => new BoltRun(sink), { code: 'OUTPUT_IN_USE' })
  await first.close()
  await t.notThrowsAsync(async () => (await second()).close())
})

test('as text it gets the values, as a function says what that returns', async (t) => {
  await sinkTo(
    'text.tsv',
    [
      ['a', 1],
      ['b', null],
    ],
    { format: 'text' },
  )
  t.is(readFileSync(join(folder, 'text.tsv'), 'utf8'), 'a\t1\nb\tnull\n')
  await sinkTo('semicolons.csv', [['a', 1]], { format: 'text', separator: ';' })
  t.is(readFileSync(join(folder, 'semicolons.csv'), 'utf8'), 'a;1\n')
  await sinkTo('shouted.txt', [['a', 1]], { format: (tuple) => tuple.get('card').toUpperCase() })
  t.is(readFileSync(join(folder, 'shouted.txt'), 'utf8'), 'A\n')
})

test('each of several partitions has a file of its own', async (t) => {
  for (const partitionIndex of [0, 1])
    await sinkTo('parts.jsonl', [['a', partitionIndex]], {}, { partitionIndex, numPartitions: 2 })
  t.is(readFileSync(join(folder, 'parts-0.jsonl'), 'utf8'), '{"card":"a","amount":0}\n')
  t.is(readFileSync(join(folder, 'parts-1.jsonl'), 'utf8'), '{"card":"a","amount":1}\n')
  t.false(existsSync(join(folder, 'parts.jsonl')))
  await throwsCode(t, 'STATE_PARTITIONS', () => sinkTo('parts.jsonl', [], {}, { numPartitions: 3 }))
})

test('a file that stands there already is left alone, unless it is empty', async (t) => {
  writeFileSync(join(folder, 'empty.jsonl'), '')
  await sinkTo('empty.jsonl', [['a', 1]])
  writeFileSync(join(folder, 'mine.jsonl'), 'mine')
  await throwsCode(t, 'STATE_FOREIGN', () => sinkTo('mine.jsonl', [['a', 1]]))
  t.is(readFileSync(join(folder, 'mine.jsonl'), 'utf8'), 'mine')
})

test('a file that was deleted is corrupt, and is not made anew', async (t) => {
  await sinkTo('gone.jsonl', [['a', 1]])
  rmSync(join(folder, 'gone.jsonl'))
  await throwsCode(t, 'STATE_CORRUPT', () => sinkTo('gone.jsonl', [['a', 1]]))
  t.false(existsSync(join(folder, 'gone.jsonl')))
})

test('a path below a file cannot be opened', async (t) => {
  writeFileSync(join(folder, 'file'), 'a file')
  await throwsCode(t, 'STATE_UNAVAILABLE', () => sinkTo('file/out.jsonl', []))
})

test('a sink without a path or with an unknown format is refused', async (t) => {
  await throwsCode(t, 'BAD_ARGUMENT', () => fileSink(''))
  await throwsCode(t, 'BAD_ARGUMENT', () => fileSink('a', { format: 'xml' as 'json' }))
})

test('a file that cannot be opened since too many are open says how to raise the limit', async (t) => {
  const files = {
    exists: () => false,
    open: () => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
    },
  }
  const store = new MemoryStore()
  const error = await t.throwsAsync(FileState.open('out.jsonl', store, false, files), { code: 'STATE_UNAVAILABLE' })
  t.regex((error as unknown as { hint: string }).hint, /ulimit -n/)
})

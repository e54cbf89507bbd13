import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileSinkBolt, SinkBolt, type TransactionalSink } from '../../lib/components/index.ts'
import type { Tuple } from '../../lib/index.ts'
import { sharedFolder } from '../folder.ts'
import { type SinkRig, sinkContract } from './sinks.ts'

const folder = sharedFolder()
let files = 0

sinkContract('FileSinkBolt', (): SinkRig => {
  const file = join(folder, `${++files}.txt`)
  return {
    make: () => new FileSinkBolt(file),
    visible: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []),
  }
})

/** A table outside, with transactions: by their number, and whether they are committed. */
class Table {
  readonly rows: string[] = []
  readonly open = new Map<number, string[]>()
  readonly committed = new Set<number>()
  next = 0
}

/** Writes with a promise, and fails now and then. */
class TableSink implements TransactionalSink<any, number, number> {
  readonly #table: Table
  #calls = 0

  constructor(table: Table) {
    this.#table = table
  }

  abort(prepared: readonly number[]): void {
    for (const id of this.#table.open.keys()) if (!prepared.includes(id)) this.#table.open.delete(id)
  }

  begin(): number {
    const id = this.#table.next++
    this.#table.open.set(id, [])
    return id
  }

  async write(id: number, tuples: readonly Tuple[]): Promise<void> {
    await Promise.resolve()
    if (++this.#calls % 7 === 0) throw new Error('away')
    this.#table.open.get(id)?.push(...tuples.map(({ values }) => String(values[0])))
  }

  async prepare(id: number): Promise<number> {
    await Promise.resolve()
    return id
  }

  async commit(id: number): Promise<void> {
    await Promise.resolve()
    const { open, rows, committed } = this.#table
    if (committed.has(id)) return
    rows.push(...open.get(id)!)
    committed.add(id)
    open.delete(id)
  }
}

sinkContract('SinkBolt with a table', (): SinkRig => {
  const table = new Table()
  return { make: () => new SinkBolt(new TableSink(table)), visible: () => table.rows }
})

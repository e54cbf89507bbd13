/** Sees what comes to a sink, in a file: as a FileSinkBolt, whose promises are its own. */
import { FileSinkBolt } from '../../components/bolts/file-sink-bolt.ts'
import type { ComponentId, Tuple } from '../../index.ts'
import { rowOf } from '../witnessed.ts'

export class FileWitness extends FileSinkBolt {
  readonly #sink: ComponentId

  constructor(path: string, sink: ComponentId) {
    super(path)
    this.#sink = sink
  }

  protected override lineOf(tuple: Tuple): string {
    return `${tuple.sourceTask} ${rowOf(this.#sink, tuple)}`
  }
}

/** Of a line: the task that has emitted the tuple, and the row. */
export function partsOf(line: string): { readonly task: number; readonly row: string } {
  const at = line.indexOf(' ')
  return { task: Number(line.slice(0, at)), row: line.slice(at + 1) }
}

/** Runs the topology `exact-killed`, and says what it comes to where nothing has happened to it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type CliRun, codesOf, configured, type Ended, topologyFile, variables } from '../cli.ts'
import { RollCall } from '../roll-call.ts'
import type { ExactStep } from './exact-kills.ts'
import type { Kill } from './kills.ts'

const LINES = 300
const WORDS = 40
/** Of one run, for each kill. */
const STARTS = 4

/** What a run has written. */
export interface Written {
  readonly lines: readonly string[]
  readonly counts: readonly string[]
}

export interface Outcome extends Written {
  /** Of the last start. */
  readonly ended: Ended
  readonly killed: number
}

export class ExactRuns {
  readonly #root: string
  readonly #input: string
  readonly #lines: string[] = []
  #folders = 0

  /** @param root an empty folder @param files how many there are to read */
  constructor(root: string, files: number) {
    this.#root = root
    this.#input = join(root, 'input')
    mkdirSync(this.#input)
    for (let file = 0; file < files; file++) {
      const own = Array.from(
        { length: LINES },
        (_, line) => `${file}:${line} w${(file * line) % WORDS} w${line % WORDS}`,
      )
      writeFileSync(join(this.#input, `${String(file).padStart(3, '0')}.txt`), own.map((line) => `${line}\n`).join(''))
      this.#lines.push(...own)
    }
  }

  /** What is to be written, in order. */
  get expected(): Written {
    const counts = new Map<string, number>()
    for (const word of this.#lines.flatMap((line) => line.split(' '))) counts.set(word, (counts.get(word) ?? 0) + 1)
    return { lines: [...this.#lines].sort(), counts: [...counts].map(([word, count]) => `${word}\t${count}`).sort() }
  }

  /** Starts it, and again each time that the whole of it was killed. */
  async killed(
    t: ExecutionContext,
    guarantee: string,
    kills: readonly Kill<ExactStep>[],
    backend = 'memory',
  ): Promise<Outcome> {
    const roll = await RollCall.open(t)
    const folder = this.folder()
    let ended: Ended
    let starts = 0
    do {
      ended = await this.start(roll, folder, guarantee, kills, backend).ended
      // Where a worker of the run before stands still and is not over, its snapshots are refused until it is.
    } while ((ended.code === null || codesOf(ended).some(isInUse)) && ++starts <= STARTS * kills.length)
    // What a worker of an earlier start writes even now counts, too.
    await roll.allGone()
    return { ended, killed: readdirSync(join(folder, 'claims')).length, ...this.writtenIn(folder) }
  }

  /** For one run, and those that go on after it. @param parent of the folder */
  folder(parent = this.#root): string {
    const folder = join(parent, `run-${++this.#folders}`)
    mkdirSync(join(folder, 'claims'), { recursive: true })
    return folder
  }

  start(roll: RollCall, folder: string, guarantee: string, kills: readonly Kill[], backend = 'memory'): CliRun {
    const given = {
      guarantee,
      input: this.#input,
      output: folder,
      kills: JSON.stringify(kills),
      claims: join(folder, 'claims'),
      driver: String(process.pid),
    }
    const state = configured({ 'topology.state.dir': join(folder, 'state'), 'topology.state.backend': backend })
    return roll.run(['run', topologyFile('exact-killed'), '--json', ...variables(given), ...state])
  }

  writtenIn(folder: string): Written {
    return { lines: linesOf(join(folder, 'lines.txt')), counts: linesOf(join(folder, 'counts.tsv')) }
  }
}

function isInUse(code: string): boolean {
  return code === 'STATE_IN_USE' || code === 'OUTPUT_IN_USE'
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).sort() : []
}

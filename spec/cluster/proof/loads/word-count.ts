/**
 * Lines are appended to files all the time, and a topology on the hosts of a cluster counts their words exactly once: a
 * row for each word, with how often it has come until then, and by which revision of the code. In the end awk counts
 * the same words, and every row is compared.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Prng } from '../../../../lib/util/prng.ts'
import type { Load } from '../figures.ts'
import { until } from '../hosts/daemon.ts'
import type { HostCluster } from '../hosts/host-cluster.ts'
import { makeProject } from './project.ts'

const TOPOLOGY = `
name: words
config:
  topology.guarantee: exactly-once
  topology.workers: 2
  topology.state.checkpoint.interval.ms: 200
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }], parallelism: 2 }
bolts:
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: count, className: CountBolt, parallelism: 4 }
  - { id: mark, className: ./mark.mjs#Mark }
  - { id: rows, className: FileSinkBolt, constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
  - { from: count, to: mark, grouping: { type: LOCAL_OR_SHUFFLE } }
  - { from: mark, to: rows, grouping: { type: GLOBAL } }
`
/** The bolt that an update changes: it says which revision it is. */
const mark = (revision: number): string => `
import { BasicBolt, fields } from 'typhoon'

export class Mark extends BasicBolt {
  outputs = fields('word', 'count', 'revision')
  execute(tuple, collector) {
    collector.emit([tuple.get('word'), tuple.get('count'), ${revision}])
  }
}
`
/** The words of a text, and how often each has come until then; in no order. */
const COUNT = '{ for (i = 1; i <= NF; i++) print $i "\\t" ++n[$i] }'
const FILES = 2
const WORDS_IN_A_LINE = 10
const VOCABULARY = 5000
const APPEND_MS = 50
const LINES_AT_ONCE = 10
/** So many words that come but once go through all tasks. */
const MARKS = 32

export class WordCount implements Load {
  readonly name = 'words'
  readonly #cluster: HostCluster
  readonly #folder: string
  readonly #random = new Prng(1)
  #words = 0
  #marks = 0
  #revision = 1
  #appending: NodeJS.Timeout | undefined

  constructor(cluster: HostCluster, folder: string) {
    this.#cluster = cluster
    this.#folder = folder
    mkdirSync(join(folder, 'input'))
    for (const path of this.#inputs) writeFileSync(path, '')
    makeProject(join(folder, 'project'), { 'words.yaml': TOPOLOGY, 'mark.mjs': mark(this.#revision) })
  }

  /** Settles when the first rows are there. */
  async begin(): Promise<void> {
    await this.#cluster.ask('submit', this.#file, ...this.#places)
    this.#appending = setInterval(() => this.#append(), APPEND_MS)
    await this.works()
  }

  /** Goes on with another revision of a bolt. @returns what the command says */
  async update(): Promise<string> {
    writeFileSync(join(this.#folder, 'project/mark.mjs'), mark(++this.#revision))
    return (await this.#cluster.ask('update', 'words', this.#file, ...this.#places, '--json')).trim()
  }

  /** In bytes. */
  output(): number {
    return existsSync(this.#output) ? statSync(this.#output).size : 0
  }

  /** Settles when words that come now have gone all ways through the topology. */
  async works(): Promise<void> {
    const marks = Array.from({ length: MARKS }, () => `mark${++this.#marks}`)
    for (const path of this.#inputs) appendFileSync(path, marks.map((mark) => `${mark}\n`).join(''))
    this.#words += FILES * MARKS
    const rows = marks.map((mark) => `\n${mark}\t${FILES}\t${this.#revision}\n`)
    await until(`the rows of ${marks[0]} and others`, () => {
      const text = this.#text()
      return rows.every((row) => text.includes(row))
    })
  }

  /** Appends no more, waits for the last row, and compares all. @returns what differs */
  async compare(): Promise<string> {
    clearInterval(this.#appending)
    await until(`${this.#words} rows`, () => this.#rows().length >= this.#words)
    const expected = spawnSync('awk', [COUNT, ...this.#inputs], { encoding: 'utf8', maxBuffer: 2 ** 30 }).stdout
    const wanted = expected.trimEnd().split('\n').sort()
    const rows = this.#rows().map((row) => /^(.*)\t(\d+)$/.exec(row) as unknown as [string, string, string])
    const found = rows.map(([, row]) => row).sort()
    const at = wanted.findIndex((row, index) => found[index] !== row)
    const differ = wanted.length === found.length && at < 0 ? '' : `row ${at}: ${found[at]} in place of ${wanted[at]}`
    const revisions = new Set(rows.map(([, , revision]) => revision))
    console.log(
      `${found.length} rows of ${wanted.length} words by ${revisions.size} revisions, ${differ === '' ? 'all alike' : differ}`,
    )
    return differ === '' && revisions.size !== this.#revision ? 'rows of a revision are missing' : differ
  }

  stop(): void {
    clearInterval(this.#appending)
  }

  #append(): void {
    for (const path of this.#inputs) {
      const lines = Array.from({ length: LINES_AT_ONCE }, () => this.#line())
      appendFileSync(path, lines.join(''))
    }
  }

  #line(): string {
    this.#words += WORDS_IN_A_LINE
    const words = Array.from({ length: WORDS_IN_A_LINE }, () => `w${this.#random.below(VOCABULARY)}`)
    return `${words.join(' ')}\n`
  }

  #rows(): string[] {
    return this.#text().split('\n').slice(0, -1)
  }

  #text(): string {
    return existsSync(this.#output) ? readFileSync(this.#output, 'utf8') : ''
  }

  get #file(): string {
    return join(this.#folder, 'project/words.yaml')
  }

  get #places(): string[] {
    return ['--set', `input=${join(this.#folder, 'input')}`, '--set', `output=${this.#output}`]
  }

  get #inputs(): string[] {
    return Array.from({ length: FILES }, (_, at) => join(this.#folder, 'input', `${at}.txt`))
  }

  get #output(): string {
    return join(this.#folder, 'rows.tsv')
  }
}

/**
 * Trident counts the words of files on the hosts of a cluster, and answers how often they have come, while a worker and
 * a host end. Every host is asked, each at its own loopback; what it says in the end is what awk has counted.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Prng } from '../../../lib/util/prng.ts'
import { ROOT } from '../../house/sources.ts'
import { type HostCluster, until } from './cluster.ts'
import type { NetHost } from './namespaces.ts'

const FILES = 6
const LINES = 15_000
/** So that the input lasts for longer than what happens meanwhile: some 2000 lines a second. */
const SLOWLY = ['batch.max.rows=200', 'batch.emit.interval.millis=100', 'max.batches.pending=1']
const WORDS_IN_A_LINE = 10
const VOCABULARY = 400
const COUNT = '{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) print w "\\t" n[w] }'
const URL = 'http://127.0.0.1:3774/drpc/words'

export class TridentWords {
  readonly #cluster: HostCluster
  readonly #folder: string

  constructor(cluster: HostCluster, folder: string) {
    this.#cluster = cluster
    this.#folder = folder
    cpSync(join(ROOT, 'topologies/resources/words.mjs'), join(folder, 'trident/resources/words.mjs'))
    cpSync(join(ROOT, 'topologies/trident-word-count.yaml'), join(folder, 'trident/words.yaml'))
    mkdirSync(this.#input)
    const random = new Prng(2)
    for (let file = 0; file < FILES; file++) writeFileSync(join(this.#input, `${file}.txt`), textOf(random))
  }

  /** Settles when it answers. */
  async begin(): Promise<void> {
    const places = ['--set', `input=${join(this.#input, '*.txt')}`, '-c', 'topology.workers=3']
    places.push(...SLOWLY.flatMap((setting) => ['-c', `topology.trident.${setting}`]))
    await this.#cluster.ask('submit', join(this.#folder, 'trident/words.yaml'), '--name', 'trident', ...places)
    await this.works()
  }

  /** Settles when each host has been answered. */
  async works(): Promise<void> {
    for (const host of this.#cluster.hosts) await this.#until(host, 1)
  }

  async disturbed(what: string, disturb: () => Promise<unknown> | unknown): Promise<void> {
    const beganAt = performance.now()
    const before = await this.#sum(this.#cluster.hosts[0]!)
    if (before === FILES * LINES * WORDS_IN_A_LINE) throw new Error(`the input was through before ${what}`)
    await disturb()
    await this.#until(this.#cluster.hosts[0]!, (before ?? 0) + 1)
    const seconds = ((performance.now() - beganAt) / 1000).toFixed(1)
    console.log(`Trident: ${what}: it counts on after ${seconds} s, from ${before} words`)
  }

  /** Asks each host for each word. @returns what differs */
  async compare(): Promise<string> {
    const files = Array.from({ length: FILES }, (_, at) => join(this.#input, `${at}.txt`))
    const counted = spawnSync('awk', [COUNT, ...files], { encoding: 'utf8', maxBuffer: 2 ** 30 }).stdout
    const counts = new Map(
      counted
        .trimEnd()
        .split('\n')
        .map((row) => row.split('\t') as [string, string]),
    )
    const total = [...counts.values()].reduce((sum, count) => sum + Number(count), 0)
    const [first, ...others] = this.#cluster.hosts as [NetHost, ...NetHost[]]
    await this.#until(first, total)
    const wrong: string[] = []
    for (const [word, count] of counts) {
      const said = await this.#ask(first, word)
      if (said !== `[[${count}]]`) wrong.push(`${word}: ${said} in place of ${count}`)
    }
    for (const host of others) if ((await this.#sum(host)) !== total) wrong.push(`${host.name} says another sum`)
    console.log(`Trident: ${counts.size} counts of ${total} words, ${wrong.length === 0 ? 'all alike' : wrong[0]}`)
    return wrong.join('\n')
  }

  async #until(host: NetHost, least: number): Promise<void> {
    let sum: number | undefined
    let isAsking = false
    await until(`${host.name} says ${least} words`, () => {
      if (!isAsking) {
        isAsking = true
        void this.#sum(host).then((said) => {
          sum = said
          isAsking = false
        })
      }
      return sum !== undefined && sum >= least
    })
  }

  /** Of all words; undefined where nothing is answered. */
  async #sum(host: NetHost): Promise<number | undefined> {
    const [sum] = /\d+/.exec((await this.#ask(host, vocabulary().join(' '))) ?? '') ?? []
    return sum === undefined ? undefined : Number(sum)
  }

  #ask(host: NetHost, words: string): Promise<string | undefined> {
    return this.#cluster.net.output(host, ['curl', '-s', '-f', '-m', '5', '-d', words, URL])
  }

  get #input(): string {
    return join(this.#folder, 'trident/input')
  }
}

function vocabulary(): string[] {
  return Array.from({ length: VOCABULARY }, (_, at) => `w${at}`)
}

function textOf(random: Prng): string {
  const line = (): string => Array.from({ length: WORDS_IN_A_LINE }, () => `w${random.below(VOCABULARY)}`).join(' ')
  return `${Array.from({ length: LINES }, line).join('\n')}\n`
}

/**
 * Trident counts the words of files on the hosts of a cluster, and answers how often they have come. Every host is
 * asked, each at its own loopback; what it says in the end is what awk has counted.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Prng } from '../../../../lib/util/prng.ts'
import { ROOT } from '../../../house/sources.ts'
import type { Load } from '../figures.ts'
import { until } from '../hosts/daemon.ts'
import type { HostCluster } from '../hosts/host-cluster.ts'
import type { NetHost } from '../hosts/namespaces.ts'

const FILES = 6
const LINES = 25_000
/** So that the input lasts for longer than what happens meanwhile: some 2000 lines a second. */
const SLOWLY = ['batch.max.rows=200', 'batch.emit.interval.millis=100', 'max.batches.pending=1']
const WORDS_IN_A_LINE = 10
const VOCABULARY = 400
const COUNT = '{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) print w "\\t" n[w] }'
const ASK_MS = 100
const URL = 'http://127.0.0.1:3774/drpc/words'

/** Until all of the input is through. */
const BOUND_MS = 600_000

export class TridentWords implements Load {
  readonly name = 'Trident'
  readonly #cluster: HostCluster
  readonly #folder: string
  #counted = 0
  #isOver = false

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
    for (const host of this.#cluster.hosts) await this.#until(host, 1)
    void this.#watch()
  }

  /** As it was told last. */
  output(): number {
    return this.#counted
  }

  /** Settles when it has counted on, and each host is answered. @throws where its input was through before (rejects) */
  async works(): Promise<void> {
    const before = this.#counted
    if (before === FILES * LINES * WORDS_IN_A_LINE) throw new Error('the input of Trident was through too early')
    for (const host of this.#cluster.hosts) await this.#until(host, before + 1)
  }

  stop(): void {
    this.#isOver = true
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
    this.stop()
    const total = [...counts.values()].reduce((sum, count) => sum + Number(count), 0)
    const [first, ...others] = this.#cluster.hosts as [NetHost, ...NetHost[]]
    await this.#until(first, total, BOUND_MS)
    const wrong: string[] = []
    for (const [word, count] of counts) {
      const said = await this.#ask(first, word)
      if (said !== `[[${count}]]`) wrong.push(`${word}: ${said} in place of ${count}`)
    }
    for (const host of others) if ((await this.#sum(host)) !== total) wrong.push(`${host.name} says another sum`)
    console.log(`Trident: ${counts.size} counts of ${total} words, ${wrong.length === 0 ? 'all alike' : wrong[0]}`)
    return wrong.join('\n')
  }

  /** Asks all the time, a host after the other, so that one that does not answer hides no progress for long. */
  async #watch(): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      const { hosts } = this.#cluster
      this.#counted = Math.max(this.#counted, (await this.#sum(hosts[turn % hosts.length]!)) ?? 0)
      await new Promise((resolve) => setTimeout(resolve, ASK_MS))
    }
  }

  async #until(host: NetHost, least: number, boundMs?: number): Promise<void> {
    let sum: number | undefined
    let isAsking = false
    await until(
      `${host.name} says ${least} words`,
      () => {
        if (!isAsking) {
          isAsking = true
          void this.#sum(host).then((said) => {
            sum = said
            isAsking = false
          })
        }
        return sum !== undefined && sum >= least
      },
      boundMs,
    )
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

/**
 * The word count of the State of the Union addresses, exactly once, on three nodes of a real control plane: exported,
 * applied, submitted through the API server; pods are killed, a node dies, and the nimbus is killed, and in the end
 * each count is compared with one that was made by hand.
 */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { ROOT } from '../house/sources.ts'
import { addressesOf } from '../processes/corpus.ts'
import type { ControlPlane } from './control-plane.ts'
import type { Nodes } from './nodes.ts'
import { accessIn, Objects } from './objects.ts'
import { run } from './typhoon.ts'
import { until } from './until.ts'

const NAMESPACE = 'streams'
const CLUSTER = 'words'
const USER = 1000
const WORKERS = 2
const NODES = 3
const STEP_MS = 240_000
const RUN_MS = 900_000
/** So many lines further it is believed that it goes on. */
const SOME_LINES = 3

/** A moment of the topology. */
interface Measure {
  readonly phase: string
  readonly lines: number
  /** Processor time of each worker that lives: a new one has less. */
  readonly workers: ReadonlyMap<string, number>
}

/** Where it is. */
export interface Site {
  readonly folder: string
  readonly plane: ControlPlane
  readonly nodes: Nodes
  measured<T>(what: string, work: () => Promise<T>): Promise<T>
}

/** Its bolt takes its time, so that there is something to kill. */
const FILES = {
  'package.json': '{ "name": "words", "version": "1.0.0", "type": "module" }',
  'slow.mjs': `import { BasicBolt, Fields } from 'typhoon'
export class Slow extends BasicBolt {
  outputs = new Fields(['line'])
  async execute(tuple, collector) {
    await new Promise((done) => setTimeout(done, 3000))
    collector.emit([tuple.values[0]])
  }
}
`,
  'words.yaml': `name: ${CLUSTER}
config: { topology.workers: ${WORKERS}, topology.guarantee: exactly-once, topology.state.checkpoint.interval.ms: 1000 }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ["\${input}"], parallelism: 2 }
bolts:
  - { id: slow, className: ./slow.mjs#Slow, parallelism: 4 }
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: count, className: CountBolt, constructorArgs: [{ emit: end }], parallelism: 2 }
  - { id: output, className: FileSinkBolt, constructorArgs: ["\${output}"] }
streams:
  - { from: lines, to: slow, grouping: { type: SHUFFLE } }
  - { from: slow, to: split, grouping: { type: LOCAL_OR_SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
  - { from: count, to: output, grouping: { type: GLOBAL } }
`,
} as const

export class WordCount {
  readonly #site: Site
  readonly #objects: Objects
  readonly #output: string

  constructor(site: Site) {
    this.#site = site
    this.#objects = new Objects(accessIn(site.plane.kubeconfig, NAMESPACE))
    mkdirSync(join(site.folder, 'output'))
    chownSync(join(site.folder, 'output'), USER, USER)
    chmodSync(site.folder, 0o755)
    this.#output = join(site.folder, 'output/counts.tsv')
  }

  /** @returns whether each count is right */
  async prove(): Promise<boolean> {
    const { measured, nodes, plane } = this.#site
    await this.#apply(this.#export())
    for (let index = 1; index <= NODES; index++) nodes.start(index, plane, NAMESPACE)
    await measured('the pods are ready', () => this.#untilReady())
    await measured('the topology is submitted and runs', async () => {
      this.#typhoon('submit', this.#topology, '--no-wait', ...this.#variables)
      await until('it runs', STEP_MS, () => this.#view().phase === 'running')
    })
    for (const pod of await this.#objects.list('Pod'))
      if (isReady(pod)) console.log(`${pod.metadata.name}: ${nodes.memoryMbOf(pod.status.podIP)} MB`)
    await this.#kills()
    await measured('the input has ended', () =>
      until('it has ended', RUN_MS, () => this.#view().status === 'COMPLETED'),
    )
    return this.#compare()
  }

  get #project(): string {
    return join(this.#site.folder, 'project')
  }

  get #topology(): string {
    return join(this.#project, 'words.yaml')
  }

  get #variables(): string[] {
    return ['--set', `output=${this.#output}`, '--set', `input=${join(ROOT, addressesOf('').input)}`]
  }

  #export(): string {
    mkdirSync(join(this.#project, 'node_modules'), { recursive: true })
    symlinkSync(ROOT, join(this.#project, 'node_modules/typhoon'))
    for (const [name, content] of Object.entries(FILES)) writeFileSync(join(this.#project, name), content)
    const out = join(this.#site.folder, 'manifests')
    const storage = ['--storage', '1Gi', '--storage-class', 'shared']
    const where = ['--name', CLUSTER, '--namespace', NAMESPACE, '--image', 'typhoon:0.1.0', '--out', out]
    run(
      this.#site.plane.kubeconfig,
      'export',
      'kubernetes',
      this.#topology,
      ...this.#variables,
      ...where,
      ...storage,
      '--spares',
      '1',
      '--nimbuses',
      '2',
    )
    return out
  }

  async #apply(folder: string): Promise<void> {
    await this.#objects.create({ kind: 'Namespace', metadata: { name: NAMESPACE } })
    const volume = {
      ...{ kind: 'PersistentVolume', metadata: { name: 'shared' } },
      spec: {
        ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany'], storageClassName: 'shared' },
        hostPath: { path: '/unused' },
      },
    }
    await this.#objects.create(volume)
    for (const name of readdirSync(folder))
      for (const document of parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
        await this.#objects.create(document.toJS())
  }

  async #untilReady(): Promise<void> {
    const wanted = WORKERS + 1
    await until(`${wanted} workers and a nimbus are ready`, STEP_MS, async () => {
      const pods = await this.#objects.list('Pod')
      const ready = (part: string) => pods.filter((pod) => partOf(pod) === part && isReady(pod)).length
      return ready('worker') === wanted && ready('nimbus') === 1
    })
  }

  async #kills(): Promise<void> {
    const begun = this.#measure()
    await until('some lines are counted', STEP_MS, () => this.#measure().lines > begun.lines + SOME_LINES)
    await this.#lose('a pod of a worker is deleted, and drains', async () => {
      await this.#objects.remove('Pod', (await this.#pod('worker')).metadata.name)
    })
    await this.#lose('a pod of a worker is gone at once', async () => {
      await this.#objects.remove('Pod', (await this.#pod('worker')).metadata.name, { gracePeriodSeconds: 0 })
    })
    await this.#lose('the processes of a worker are killed', async () => {
      this.#site.nodes.killPod((await this.#pod('worker')).status.podIP)
    })
    const kill = async (): Promise<void> => {
      const leader = await this.#pod('nimbus')
      await this.#objects.remove('Pod', leader.metadata.name, { gracePeriodSeconds: 0 })
      await until('another one leads', STEP_MS, async () => (await this.#holder()) !== leader.metadata.name)
      console.log(`  the Lease has number ${await this.#reigns()}`)
    }
    await this.#lose('the nimbus that leads is killed', kill, false)
    await this.#lose('a node dies', async () => {
      this.#site.nodes.kill((await this.#pod('worker')).spec.nodeName)
    })
  }

  /** Does it, and waits until all workers are there, those that were lost anew, and lines are counted. */
  async #lose(what: string, work: () => Promise<void>, losesWorkers = true): Promise<void> {
    const before = this.#measure()
    await this.#site.measured(`${what}, and it goes on`, async () => {
      await work()
      let anew: Measure | undefined
      await until('it goes on', STEP_MS, () => {
        const now = this.#measure()
        if (now.phase === 'done') return true
        const isWhole = now.phase === 'running' && now.workers.size === WORKERS
        const anewOnes = [...now.workers].filter(([worker, cpuMs]) => cpuMs < (before.workers.get(worker) ?? 0))
        if (anew === undefined && isWhole && (anewOnes.length > 0 || !losesWorkers)) {
          anew = now
          console.log(`  ${anewOnes.length} of ${WORKERS} workers are new`)
        }
        return anew !== undefined && now.lines > anew.lines + SOME_LINES
      })
    })
  }

  /** One that is ready; of workers one that has tasks, which takes more memory than a supervisor alone. */
  async #pod(part: string): Promise<any> {
    const pods = (await this.#objects.list('Pod')).filter((pod) => partOf(pod) === part && isReady(pod))
    const memory = (pod: any): number => this.#site.nodes.memoryMbOf(pod.status.podIP)
    return pods.sort((a, b) => memory(b) - memory(a))[0]
  }

  async #holder(): Promise<string> {
    return (await this.#objects.get('Lease', CLUSTER)).spec.holderIdentity
  }

  async #reigns(): Promise<number> {
    return (await this.#objects.get('Lease', CLUSTER)).spec.leaseTransitions
  }

  /** What is known of it now. While no nimbus leads nobody answers: that is thrown. */
  #measure(): Measure {
    const { topology, metrics } = JSON.parse(this.#typhoon('status', CLUSTER, '--json'))
    const workers = Object.entries<any>(metrics?.workers ?? {})
    return {
      phase: topology.phase,
      lines: metrics?.components.slow?.executed ?? 0,
      workers: new Map(workers.map(([worker, { cpuMs }]) => [worker, cpuMs])),
    }
  }

  #view(): { readonly status: string; readonly phase: string } {
    return JSON.parse(this.#typhoon('status', CLUSTER, '--json')).topology
  }

  /** As who has the kubeconfig. */
  #typhoon(...args: readonly string[]): string {
    return run(this.#site.plane.kubeconfig, ...args, '--kubernetes', CLUSTER, '--namespace', NAMESPACE)
  }

  #compare(): boolean {
    const { counts } = addressesOf('')
    const rows = readFileSync(this.#output, 'utf8').trimEnd().split('\n')
    const found = new Map(rows.map((row) => row.split('\t')).map(([word, count]) => [word!, Number(count)]))
    const words = new Set([...counts.keys(), ...found.keys()])
    const wrong = [...words].filter((word) => counts.get(word) !== found.get(word))
    console.log(`${rows.length} rows, ${counts.size} words; ${wrong.length} counts differ from those made by hand`)
    for (const word of wrong.slice(0, 10)) console.log(`${word}: ${found.get(word)}, not ${counts.get(word)}`)
    return wrong.length === 0 && rows.length === counts.size
  }
}

function partOf(pod: any): string {
  return pod.metadata.labels['app.kubernetes.io/component']
}

function isReady({ metadata, status }: any): boolean {
  if (metadata.deletionTimestamp !== undefined) return false
  return status.conditions?.some(({ type, status: is }: any) => type === 'Ready' && is === 'True') === true
}

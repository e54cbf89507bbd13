/**
 * A nimbus and supervisors as processes on this machine, with a lease of two seconds unless given, and a topology that
 * reads a file which grows and writes another one. All ends with its test.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { type Contents, folderOf } from '../folder.ts'
import { childrenOf } from '../storm/cluster.ts'
import { type CliOptions, CliRun, type Ended, reportOf, typhoonProcess } from './cli.ts'

/** What differs of the nimbus. */
export interface NimbusOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Its hosts share a folder of states. */
  readonly sharesState?: boolean
  readonly leaseSecs?: number
}

/** What differs of one host. */
export interface HostOptions {
  readonly slots?: number
  /** Its folder; one in that of the cluster unless given. */
  readonly dir?: string
  readonly graceSecs?: number
  readonly instance?: string
  readonly env?: Readonly<Record<string, string>>
}

const LOOK_MS = 20

export class SmallCluster {
  readonly folder: string
  readonly project: string
  readonly nimbus: CliRun
  readonly #t: ExecutionContext
  readonly #token: string

  /**
   * @param files those of the project; `words.yaml` is what is submitted
   */
  static async begin(
    t: ExecutionContext,
    files: Contents,
    { env = {}, sharesState = true, leaseSecs = 2 }: NimbusOptions = {},
  ): Promise<SmallCluster> {
    const folder = folderOf(t)
    const project = SmallCluster.project(t, files)
    writeFileSync(join(folder, 'input.txt'), '')
    const state = sharesState ? ['--state', join(folder, 'state')] : ['--no-state']
    const places = ['--dir', join(folder, 'nimbus'), ...state]
    const args = ['nimbus', ...places, '--port', '0', '--cluster-port', '0', '--lease', `${leaseSecs}`]
    const nimbus = running(t, args, { cwd: folder, env: { ...configIn(folder), ...env } })
    await nimbus.line(/service\.json$/)
    const cluster = new SmallCluster(t, folder, project, nimbus)
    const { stdout } = await cluster.ask('cluster', 'token', '--dir', join(folder, 'nimbus'))
    writeFileSync(cluster.#token, stdout, { mode: 0o600 })
    return cluster
  }

  /** A folder with these files, in which `typhoon` is installed. */
  static project(t: ExecutionContext, files: Contents): string {
    const project = folderOf(t, { 'package.json': '{}', ...files })
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(project, 'node_modules/typhoon'))
    return project
  }

  private constructor(t: ExecutionContext, folder: string, project: string, nimbus: CliRun) {
    this.#t = t
    this.folder = folder
    this.project = project
    this.nimbus = nimbus
    this.#token = join(folder, 'join.token')
  }

  /** Settles when it has its link. */
  async supervisor(name: string, options: HostOptions = {}): Promise<CliRun> {
    const { slots = 1, dir, graceSecs = 20, env = {}, instance } = options
    const own = ['--name', name, '--dir', dir ?? join(this.folder, name), '--slots', `${slots}`]
    const known = instance === undefined ? [] : ['--instance', instance]
    const args = ['supervisor', '--join', this.#token, ...own, ...known, '--grace', `${graceSecs}`]
    const run = running(this.#t, args, { cwd: this.folder, env: { ...configIn(this.folder), ...env } })
    await run.line(/https:\/\//)
    return run
  }

  ask(...args: readonly string[]): Promise<Ended> {
    return typhoonProcess(args, { cwd: this.project, env: configIn(this.folder) })
  }

  submit(...more: readonly string[]): Promise<Ended> {
    const places = ['--set', `input=${this.#input}`, '--set', `output=${this.#output}`]
    return this.ask('submit', 'words.yaml', ...places, ...more)
  }

  /** The codes of what `typhoon errors` says of the topology, the oldest first. */
  async errors(): Promise<string[]> {
    const { errors } = reportOf(await this.ask('errors', 'words', '--json'))
    return errors.map(({ problem }: { readonly problem: Problem }) => problem.code)
  }

  /** More to read. */
  append(lines: readonly string[]): void {
    writeFileSync(this.#input, lines.map((line) => `${line}\n`).join(''), { flag: 'a' })
  }

  /** What was written so far, line by line. */
  get written(): string[] {
    return this.linesIn(this.#output)
  }

  get hasOutput(): boolean {
    return existsSync(this.#output)
  }

  linesIn(path: string): string[] {
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  }

  get #input(): string {
    return join(this.folder, 'input.txt')
  }

  get #output(): string {
    return join(this.folder, 'output.txt')
  }
}

/** Waits for what comes by itself; the test has a limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}

/** The processes of a host: its supervisor, and its workers. */
export function processesOf({ pid }: CliRun): number[] {
  return [pid, ...childrenOf(pid)]
}

/** One that has ended already is none. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function running(t: ExecutionContext, args: readonly string[], options: CliOptions): CliRun {
  const run = new CliRun(args, { ...options, lasts: true })
  t.teardown(async () => {
    signalAll(processesOf(run), 'SIGCONT')
    run.signal('SIGTERM')
    run.signal('SIGINT')
    await run.ended
  })
  return run
}

function configIn(folder: string): { readonly XDG_CONFIG_HOME: string } {
  return { XDG_CONFIG_HOME: join(folder, 'config') }
}

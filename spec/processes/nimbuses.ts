/** Nimbuses that meet in etcd, and a host, as processes that end with their test. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { EtcdServer, HAS_ETCD } from '../nimbus/leadership/etcd/fixtures.ts'
import { freePort } from '../trident/state/fixtures.ts'
import { type CliOptions, CliRun, codesOf, type Ended, typhoonProcess } from './cli.ts'

const WORDS = `
name: words
config: { topology.guarantee: exactly-once, topology.state.checkpoint.interval.ms: 100 }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }] }
bolts:
  - { id: sink, className: FileSinkBolt, constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: sink, grouping: { type: GLOBAL } }
`

/** A nimbus, as a process. */
export interface Member {
  readonly run: CliRun
  readonly folder: string
  /** The URL of its HTTP interface. */
  readonly url: string
  /** Settles when it leads. */
  readonly leads: Promise<unknown>
}

/**
 * A cluster of two nimbuses and a host. The first one leads.
 * @param files of the project beside words.yaml
 * @param leaseSecs of hosts
 */
export async function begun(t: ExecutionContext, files: Readonly<Record<string, string>> = {}, leaseSecs = 2) {
  const folder = folderOf(t)
  const etcd = await EtcdServer.start(folderOf(t))
  t.teardown(() => etcd.kill())
  const project = folderOf(t, { 'words.yaml': WORDS, 'package.json': '{}', ...files })
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(project, 'node_modules/typhoon'))
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  const options: CliOptions = { cwd: project, env }
  const ports = { a: await freePort(), b: await freePort() }
  const dirOf = (name: string): string => join(folder, name)
  const lasting = (...args: readonly string[]): CliRun => {
    const run = new CliRun(args, { ...options, lasts: true })
    t.teardown(async () => {
      run.signal('SIGKILL')
      await run.ended
    })
    return run
  }
  const nimbus = async (name: 'a' | 'b', store = etcd.url): Promise<Member> => {
    const run = lasting(
      ...['nimbus', '--dir', dirOf(name), '--name', name, '--port', '0', '--cluster-port', String(ports[name])],
      ...['--state', dirOf('state'), '--store', `etcd:${store}`, '--store-lease', '2', '--lease', `${leaseSecs}`],
    )
    const [, url = ''] = /on (\S+), standing by/.exec(await run.line(/standing by/))!
    return { run, folder: dirOf(name), url, leads: run.line(/service\.json$/).catch(() => {}) }
  }
  await typhoonProcess(['cluster', 'init', '--dir', dirOf('a')], options)
  cpSync(dirOf('a'), dirOf('b'), { recursive: true })
  const addresses = Object.values(ports).flatMap((port) => ['--nimbus', `127.0.0.1:${port}`])
  const token = await typhoonProcess(['cluster', 'token', '--dir', dirOf('a'), ...addresses], options)
  writeFileSync(join(folder, 'join.token'), token.stdout)
  const input = join(folder, 'input.txt')
  const output = join(folder, 'output.txt')
  writeFileSync(input, 'one\n')
  const ask = (...args: readonly string[]): Promise<Ended> => typhoonProcess(args, options)
  return {
    ...{ nimbus, ask, input, output, etcd, project },
    supervisor: () =>
      lasting(
        'supervisor',
        '--join',
        join(folder, 'join.token'),
        '--dir',
        dirOf('host'),
        '--name',
        'host',
        // One for a worker of a run that has lost its nimbus, and is about to end.
        '--slots',
        '2',
      ),
    submit: () => ask('submit', 'words.yaml', '--set', `input=${input}`, '--set', `output=${output}`),
  }
}

/** A command has ended well; what it has said is shown where it has not. */
export function done(t: ExecutionContext, { code, stderr }: Ended): void {
  t.is(code, 0, stderr)
}

/** It was taken over; it need not have a slot yet. */
export function submittedIn(t: ExecutionContext, ended: Ended): void {
  if (codesOf(ended)[0] !== 'NO_SLOTS') done(t, ended)
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve))
}

export function linesIn(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

/** Contents that have come whole: what is being written has another name. */
export function blobsOf({ folder }: Member): number {
  const all = join(folder, 'blobs')
  const names = existsSync(all) ? readdirSync(all, { recursive: true }) : []
  return names.filter((name) => /\/[0-9a-f]{64}$/.test(String(name))).length
}

/** A test that takes an etcd. */
export function withEtcd(title: string, play: (t: ExecutionContext) => Promise<void>): void {
  if (HAS_ETCD) test.serial(title, play)
  else test(`etcd is not installed, left out: ${title}`, (t) => t.pass())
}

/** Several nimbuses that meet in etcd, as processes: one leads, is killed or stands still, and another one goes on. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { CutWay, EtcdServer, HAS_ETCD } from '../nimbus/leadership/etcd/fixtures.ts'
import { freePort } from '../trident/state/fixtures.ts'
import { type CliOptions, CliRun, codesOf, type Ended, reportOf, typhoonProcess } from './cli.ts'

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
interface Member {
  readonly run: CliRun
  readonly folder: string
  /** The URL of its HTTP interface. */
  readonly url: string
  /** Settles when it leads. */
  readonly leads: Promise<unknown>
}

/** A cluster of two nimbuses and a host. The first one leads. */
async function begun(t: ExecutionContext) {
  const folder = folderOf(t)
  const etcd = await EtcdServer.start(folderOf(t))
  t.teardown(() => etcd.kill())
  const project = folderOf(t, { 'words.yaml': WORDS, 'package.json': '{}' })
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
      ...['--state', dirOf('state'), '--store', `etcd:${store}`, '--store-lease', '2', '--lease', '2'],
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
    ...{ nimbus, ask, input, output, etcd },
    supervisor: () =>
      lasting(
        'supervisor',
        '--join',
        join(folder, 'join.token'),
        '--dir',
        dirOf('host'),
        '--name',
        'host',
        '--slots',
        '1',
      ),
    submit: () => ask('submit', 'words.yaml', '--set', `input=${input}`, '--set', `output=${output}`),
  }
}

/** A command has ended well; what it has said is shown where it has not. */
function done(t: ExecutionContext, { code, stderr }: Ended): void {
  t.is(code, 0, stderr)
}

/** It was taken over; it need not have a slot yet. */
function submittedIn(t: ExecutionContext, ended: Ended): void {
  if (codesOf(ended)[0] !== 'NO_SLOTS') done(t, ended)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

function linesIn(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}

/** Contents that have come whole: what is being written has another name. */
function blobsOf({ folder }: Member): number {
  const all = join(folder, 'blobs')
  const names = existsSync(all) ? readdirSync(all, { recursive: true }) : []
  return names.filter((name) => /\/[0-9a-f]{64}$/.test(String(name))).length
}

/** A test that takes an etcd. */
function withEtcd(title: string, play: (t: ExecutionContext) => Promise<void>): void {
  if (HAS_ETCD) test.serial(title, play)
  else test(`etcd is not installed, left out: ${title}`, (t) => t.pass())
}

withEtcd('when the leader is killed another one leads, with the code and the topologies, and they go on', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  const b = await nimbus('b')
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  await until(() => blobsOf(b) === blobsOf(a))

  const ready = await fetch(`${b.url}/ready`)
  t.is(ready.status, 503)
  const { problems, leader } = (await ready.json()) as { problems: { code: string }[]; leader: object }
  t.deepEqual([problems[0]?.code, leader], ['NOT_LEADER', { ...leader, id: 'a', address: a.url }])
  // Whoever asks the one that stands by is led to the one that leads.
  const asked = await ask('list', '--json', '--server', b.url, '--token-file', join(a.folder, 'owner-token'))
  t.is(reportOf(asked).topologies[0].name, 'words')

  a.run.signal('SIGKILL')
  writeFileSync(input, 'two\n', { flag: 'a' })
  await b.leads
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.deepEqual([listed.name, listed.status], ['words', 'ACTIVE'])
  // A token of before counts.
  const before = await ask('list', '--json', '--server', b.url, '--token-file', join(a.folder, 'owner-token'))
  done(t, before)
  done(t, await ask('kill', 'words'))
})

withEtcd('whoever asks for a change while the leader is killed is told what has become of it', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  const b = await nimbus('b')
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  await until(() => blobsOf(b) === blobsOf(a))
  const authorization = `Bearer ${readFileSync(join(a.folder, 'owner-token'), 'utf8').trim()}`
  const statusAt = async (): Promise<string> => {
    const answer = await fetch(`${a.url}/v1/topologies/words`, { headers: { authorization } })
    return ((await answer.json()) as { topology: { status: string } }).topology.status
  }
  const rebalanced = ask('rebalance', 'words', '-e', 'lines=2', '--json')
  while ((await statusAt()) !== 'REBALANCING') await new Promise((resolve) => setImmediate(resolve))
  a.run.signal('SIGKILL')
  const ended = await rebalanced
  done(t, ended)
  t.true(reportOf(ended).pauseMs > 0)
  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.deepEqual([listed.revision, listed.tasks], [2, 3])
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
})

withEtcd('a leader that stood still ends when it goes on, and changes nothing', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  const b = await nimbus('b')
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  await until(() => blobsOf(b) === blobsOf(a))
  a.run.signal('SIGSTOP')
  await b.leads
  done(t, await ask('deactivate', 'words'))
  a.run.signal('SIGCONT')
  const ended = await a.run.ended
  t.is(ended.code, 1)
  t.true(ended.stderr.includes('error[NOT_LEADER]'))
  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.deepEqual([listed.name, listed.status], ['words', 'INACTIVE'])
  // The process that stood still was on this machine, and had the state of the topology until now.
  done(t, await ask('activate', 'words'))
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
  // It stands by when it is started again, and ends by a signal in good order.
  const again = await nimbus('a')
  again.run.signal('SIGTERM')
  t.is((await again.run.ended).code, 0)
})

withEtcd(
  'a leader that is cut off from the store ends, and names the store; one that resigns hands over',
  async (t) => {
    const { nimbus, ask, submit, etcd } = await begun(t)
    const way = await CutWay.to(etcd.url)
    t.teardown(() => way.close())
    const a = await nimbus('a', way.url)
    await a.leads
    submittedIn(t, await submit())
    const b = await nimbus('b')
    await until(() => blobsOf(b) === blobsOf(a))
    way.cut()
    const [ended] = await Promise.all([a.run.ended, b.leads])
    t.is(ended.code, 1)
    t.true(ended.stderr.includes('error[NOT_LEADER]'))
    t.true(ended.stderr.includes(way.url))
    const again = await nimbus('a')
    b.run.signal('SIGTERM')
    await again.leads
    t.is((await b.run.ended).code, 0)
    t.is(reportOf(await ask('list', '--json')).topologies[0].name, 'words')
  },
)

withEtcd(
  'without a store a nimbus waits for it; its own folder and an open store on another host are refused',
  async (t) => {
    const { nimbus, ask, etcd } = await begun(t)
    await etcd.kill()
    const a = await nimbus('a')
    await a.run.line(/error\[STORE_UNREACHABLE\]/)
    t.is((await fetch(`${a.url}/ping`)).status, 200)
    t.is((await fetch(`${a.url}/ready`)).status, 503)
    const args = ['nimbus', '--dir', a.folder, '--port', '0']
    t.deepEqual(codesOf(await ask(...args, '--store', `etcd:${etcd.url}`)), ['SERVICE_IN_USE'])
    t.deepEqual(codesOf(await ask(...args, '--store', 'etcd:http://10.0.0.1:2379')), ['USAGE'])
    t.deepEqual(codesOf(await ask(...args, '--store', 'etcd:https://me:secret@10.0.0.1:2379')), ['USAGE'])
    await etcd.start()
    await a.leads
  },
)

/** What the end of a leading nimbus must not cost: code, drained hosts, workers that answer functions, state. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportOf } from './cli.ts'
import { begun, blobsOf, done, linesIn, submittedIn, until, withEtcd } from './nimbuses.ts'

/** Answers with the process of the worker that it is in; `slow` not before somebody has written a file. */
const FUNCTION = `
import { existsSync } from 'node:fs'
import { BasicBolt, fields } from 'typhoon'
import { LinearDRPCTopologyBuilder } from 'typhoon/drpc'

class PidBolt extends BasicBolt {
  outputs = fields('request', 'answer')
  async execute(tuple, collector) {
    while (tuple.get('args') !== 'fast' && !existsSync(tuple.get('args'))) await new Promise((go) => setTimeout(go, 20))
    collector.emit([tuple.get('request'), String(process.pid)])
  }
}

const builder = new LinearDRPCTopologyBuilder('pid', { 'drpc.http.port': 0 })
builder.addBolt(() => new PidBolt(), 1)
export default builder.createRemoteTopology()
`

/** Batches, and a function of what they have counted; to load it takes longer than a worker looks at nothing. */
const COUNTS = `
import { fileURLToPath } from 'node:url'
import { fields, number } from 'typhoon'
import { Count, embeddedMap, MapGet, PartitionedFileSpout, TridentTopology } from 'typhoon/trident'

await new Promise((go) => setTimeout(go, 1500))
const count = fields({ count: number })
const topology = new TridentTopology('counts', { 'drpc.http.port': 0 })
const counts = topology
  .newStream('lines', () => new PartitionedFileSpout(fileURLToPath(new URL('lines.txt', import.meta.url))))
  .groupBy(['line'])
  .persistentAggregate('counts', embeddedMap(), Count, count)
topology
  .newDRPCStream('countOf')
  .map((tuple) => ({ line: tuple.get('args') }), fields('line'))
  .groupBy(['line'])
  .stateQuery(counts, MapGet, count)
export default topology.build()
`

withEtcd('code is on the next nimbus when a submission is answered, though the leader is killed at once', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  const b = await nimbus('b')
  await a.leads
  const submitted = submit()
  await until(() => blobsOf(b) > 0 || blobsOf(a) > 0)
  submittedIn(t, await submitted)
  a.run.signal('SIGKILL')
  // No host has any of it yet.
  t.true(blobsOf(b) > 0)
  t.is(blobsOf(b), blobsOf(a))
  await b.leads
  supervisor()
  await until(() => linesIn(output).length === 1)
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  const { stdout } = await ask('errors', 'words', '--json')
  t.false(stdout.includes('CODE_MISSING'))
})

withEtcd('code that no nimbus has any more comes back from a host that has it', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  const before = blobsOf(a)
  a.run.signal('SIGKILL')
  await a.run.ended
  for (const name of ['blobs', 'hosted']) rmSync(join(a.folder, name), { recursive: true })
  const b = await nimbus('b')
  await b.leads
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  await until(() => blobsOf(b) === before)
  t.deepEqual(linesIn(output), ['one', 'two'])
  done(t, await ask('kill', 'words'))
})

withEtcd(
  'a host that is drained is so with the next nimbus, and workers that answer functions go on with it',
  async (t) => {
    const { nimbus, ask, supervisor, project } = await begun(t, { 'pid.mjs': FUNCTION }, 20)
    const [a, b] = [await nimbus('a'), await nimbus('b')]
    await a.leads
    supervisor()
    await until(async () => reportOf(await ask('hosts', '--json')).hosts.length === 1)
    done(t, await ask('submit', 'pid.mjs'))
    /** The latest address that a log names. A log is written on its own time, and a host may be out of reach. */
    const urlAfter = async (old?: string): Promise<string> => {
      let found = old
      await until(async () => {
        const { stdout } = await ask('logs', 'pid')
        found = [...stdout.matchAll(/DRPC on (\S+): pid/g)].at(-1)?.[1] ?? old
        return found !== old
      })
      return found!
    }
    const call = (server: string, args: string): Promise<string> =>
      fetch(`${server}/drpc/pid`, { method: 'POST', body: args }).then((answer) => answer.text())
    const first = await urlAfter()
    const worker = await call(first, 'fast')
    t.regex(worker, /^\d+$/)
    const gate = join(project, 'gate')
    const waiting = call(first, gate).catch(() => 'its connection broke')
    done(t, await ask('drain', 'host'))
    a.run.signal('SIGKILL')
    t.is(await waiting, 'its connection broke')
    await b.leads
    const [host] = reportOf(await ask('hosts', '--json')).hosts
    t.is(host?.isDraining ?? true, true)
    const second = await urlAfter(first)
    // What the server that is gone has asked is answered to nobody; the next requests get what is theirs.
    writeFileSync(gate, '')
    for (let asked = 0; asked < 3; asked++) t.is(await call(second, 'fast'), worker)
    await until(async () => reportOf(await ask('hosts', '--json')).hosts[0]?.isDraining === true)
  },
)

withEtcd('a leader that stands still keeps no state from a topology whose workers are not taken over', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const [a, b] = [await nimbus('a'), await nimbus('b')]
  await a.leads
  const host = supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  a.run.signal('SIGSTOP')
  host.signal('SIGKILL')
  await b.leads
  supervisor()
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
  done(t, await ask('kill', 'words'))
  a.run.signal('SIGCONT')
  t.is((await a.run.ended).code, 1)
})

withEtcd('batches that lose their host and their leader at once go on with the next ones', async (t) => {
  const { nimbus, ask, supervisor } = await begun(t, { 'counts.mjs': COUNTS, 'lines.txt': 'a\nb\na\n' })
  const [a, b] = [await nimbus('a'), await nimbus('b')]
  await a.leads
  const host = supervisor()
  await until(async () => reportOf(await ask('hosts', '--json')).hosts.length === 1)
  done(t, await ask('submit', 'counts.mjs'))
  const counted = async (): Promise<boolean> => {
    const { stdout } = await ask('logs', 'counts')
    const server = [...stdout.matchAll(/DRPC on (\S+): countOf/g)].at(-1)?.[1]
    if (server === undefined) return false
    const answer = await fetch(`${server}/drpc/countOf`, { method: 'POST', body: 'a' }).catch(() => undefined)
    return answer?.ok === true && (await answer.text()).includes('2')
  }
  await until(counted)
  for (const run of [host, a.run]) run.signal('SIGKILL')
  await b.leads
  supervisor()
  await until(counted)
  const { errors } = reportOf(await ask('errors', 'counts', '--json'))
  t.deepEqual(
    errors.filter(({ problem }: { problem: { code: string } }) => problem.code === 'WORKER_START_FAILED'),
    [],
  )
})

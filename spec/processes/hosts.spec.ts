/**
 * A nimbus and supervisors as processes on this machine: what is submitted runs on the hosts, and goes on elsewhere
 * when one is killed, stopped, or left. `npm run proof:hosts` does it with networks of their own.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { childrenOf } from '../storm/cluster.ts'
import { CliRun, codesOf, type Ended, typhoonProcess } from './cli.ts'

const words = (workers: number): string => `
name: words
config: { topology.guarantee: exactly-once, topology.workers: ${workers}, topology.state.checkpoint.interval.ms: 100 }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }] }
bolts:
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: count, className: CountBolt, parallelism: 2 }
  - { id: rows, className: FileSinkBolt, constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
  - { from: count, to: rows, grouping: { type: GLOBAL } }
`

/** A nimbus with a lease of two seconds, which ends with its test. */
async function begun(t: ExecutionContext, workers = 2, sharesState = true) {
  const folder = folderOf(t)
  const project = folderOf(t, { 'words.yaml': words(workers), 'package.json': '{}' })
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(project, 'node_modules/typhoon'))
  const [input, output] = [join(folder, 'input.txt'), join(folder, 'rows.tsv')]
  writeFileSync(input, '')
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  const state = join(folder, 'state')
  const running = (args: readonly string[]): CliRun => {
    const run = new CliRun(args, { env, lasts: true })
    t.teardown(async () => {
      run.signal('SIGCONT')
      run.signal('SIGTERM')
      await run.ended
    })
    return run
  }
  const ask = (...args: readonly string[]): Promise<Ended> => typhoonProcess(args, { cwd: project, env })
  const places = ['--dir', join(folder, 'nimbus'), '--port', '0', '--cluster-port', '0']
  const states = sharesState ? ['--state', state] : ['--no-state']
  await running(['nimbus', ...places, ...states, '--lease', '2']).line(/service\.json$/)
  const token = join(folder, 'join.token')
  writeFileSync(token, (await ask('cluster', 'token', '--dir', join(folder, 'nimbus'))).stdout, { mode: 0o600 })
  const supervisor = async (name: string, slots = 2): Promise<CliRun> => {
    const own = ['--name', name, '--dir', join(folder, name), '--slots', String(slots), '--grace', '20']
    const run = running(['supervisor', '--join', token, ...own])
    await run.line(/https:\/\//)
    return run
  }
  const submit = (...more: readonly string[]): Promise<Ended> =>
    ask('submit', 'words.yaml', '--set', `input=${input}`, '--set', `output=${output}`, ...more)
  let said = 0
  /** New words have gone all ways, and every word so far was counted once. */
  const works = async (): Promise<void> => {
    const more = Array.from({ length: 16 }, () => `w${said++}`)
    writeFileSync(input, more.map((word) => `the ${word}\n`).join(''), { flag: 'a' })
    const wanted = Array.from({ length: said }, (_, at) => [`w${at}\t1`, `the\t${at + 1}`]).flat()
    for (;;) {
      const found = existsSync(output) ? readFileSync(output, 'utf8').split('\n').slice(0, -1) : []
      if (found.length >= wanted.length && found.includes(`the\t${said}`)) {
        if (t.deepEqual(found.sort(), wanted.sort())) return
        throw new Error('the counts differ')
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { supervisor, submit, works, state }
}

test.serial('a topology waits for room, and goes on elsewhere when a host is killed, left, or stopped', async (t) => {
  const { supervisor, submit, works } = await begun(t)
  t.deepEqual(codesOf(await submit()), ['NO_SLOTS'])
  const [a, b] = await Promise.all([supervisor('a'), supervisor('b')])
  await works()
  // Its workers end with it, and those that are started on the other host get all slots there.
  b.signal('SIGKILL')
  await b.ended
  await works()
  const c = await supervisor('c')
  // Its workers move, and then it ends by itself.
  a.signal('SIGTERM')
  t.is((await a.ended).code, 0)
  await works()
  const d = await supervisor('d')
  c.signal('SIGSTOP')
  // Stopped, it ends none: they are started elsewhere, and end themselves.
  while (childrenOf(d.pid).length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  await works()
  c.signal('SIGCONT')
  await works()
  for (const host of [c, d]) host.signal('SIGTERM')
})

test.serial('a host that has another folder of states takes no worker that needs it', async (t) => {
  const { supervisor, submit, state } = await begun(t, 1)
  await supervisor('a')
  rmSync(join(state, '.cluster'))
  t.deepEqual(codesOf(await submit('-c', 'topology.worker.max.restarts=0')), ['STATE_NOT_SHARED'])
})

test.serial('hosts that share no folder run what keeps no state, and nothing else', async (t) => {
  const { supervisor, submit, works } = await begun(t, 1, false)
  await supervisor('a')
  t.deepEqual(codesOf(await submit()), ['STATE_NOT_SHARED'])
  t.is((await submit('-c', 'topology.guarantee=at-least-once')).code, 0)
  await works()
})

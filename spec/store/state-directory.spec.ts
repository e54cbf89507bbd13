/** The directory of a topology: one run at a time, whose workers share it, and nobody else’s files. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { nameIncarnation, watchHolder } from '../../lib/store/holder.ts'
import { takeLease } from '../../lib/store/lease.ts'
import { openStateDirectory } from '../../lib/store/state-directory.ts'
import { openStore, type Store } from '../../lib/store/store.ts'
import { fileNameOf } from '../../lib/store/topology-directory.ts'
import { folderOf } from '../folder.ts'
import { volume } from '../volume.ts'

const OPENER = fileURLToPath(new URL('directory-opener.js', import.meta.url))
const children: ChildProcess[] = []
let runs = 0

test.after.always(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    pipeOf(child).destroy()
  }
})

/**
 * Starts a run: a process, or with `workers` one that starts others, which open the directory. Gives what each said.
 */
async function start(
  root: string,
  as: 'run' | 'alone' | 'parent',
  count = 1,
  prefix: readonly string[] = [],
): Promise<{ child: ChildProcess; said: string[]; run: string }> {
  const run = `run-${++runs}`
  const [command, ...rest] = [...prefix, process.execPath, OPENER, as, root, `${count}`, run]
  const child = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] })
  children.push(child)
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(line)
    if (said.length === count) break
  }
  return { child, said, run }
}

/** What the workers of a parent have as their standard input. */
function pipeOf(child: ChildProcess): Writable {
  return child.stdio[3] as Writable
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('a directory is made for its topology, for nobody else to read, and opens again for the same run', async (t) => {
  const root = join(folderOf(t), 'state')
  const { path } = await openStateDirectory({ root, topology: 'words', run: 'a' })
  t.is(path, join(root, 'words'))
  t.is(statSync(path).mode & 0o777, 0o700)
  t.is((await openStateDirectory({ root, topology: 'words', run: 'a' })).path, path)
})

test('names of topologies are never paths', (t) => {
  t.is(fileNameOf('word-count_1.2'), 'word-count_1.2')
  for (const name of ['..', '.', '', 'a/b', '../a', 'a\\b', 'a\u0000b', 'a*b']) {
    t.regex(fileNameOf(name), /^(?!\.{0,2}$)[\w.%-]+$/)
  }
})

test('a second run with the same directory is refused, and told which run has it, in which process', async (t) => {
  const root = folderOf(t)
  const { child, run } = await start(root, 'run')
  const error = await t.throwsAsync(openStateDirectory({ root, topology: 'words', run: 'next' }), {
    code: 'STATE_IN_USE',
    message: new RegExp(`\\b${run}\\b.*\\b${child.pid}\\b`),
  })
  t.like(error, { where: { file: join(root, 'words') } })
  await openStateDirectory({ root, topology: 'other', run: 'next' })
})

test('a lock whose run was killed is taken over', async (t) => {
  const root = folderOf(t)
  const { child } = await start(root, 'run')
  await kill(child)
  t.true(existsSync((await openStateDirectory({ root, topology: 'words', run: 'next' })).path))
})

test('all workers of a run share the directory', async (t) => {
  const root = folderOf(t)
  const { said } = await start(root, 'parent', 3)
  t.deepEqual(said, ['opened', 'opened', 'opened'])
})

test('a worker of a killed run that still works keeps the directory, until it is gone', async (t) => {
  const root = folderOf(t)
  const { child, said } = await start(root, 'parent', 1)
  t.deepEqual(said, ['opened'])
  await kill(child)
  const next = { root, topology: 'words', run: 'next' }
  await t.throwsAsync(openStateDirectory({ ...next, patienceMs: 100 }), { code: 'STATE_IN_USE' })
  // Its standard input is kept open by this process alone; at its end the worker ends.
  pipeOf(child).destroy()
  await openStateDirectory({ ...next, patienceMs: 20_000 })
  t.pass()
})

test('a process that the run has named keeps the directory after the run, until it is gone', async (t) => {
  const root = folderOf(t)
  const worker = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'inherit'] })
  t.teardown(() => worker.kill('SIGKILL'))
  const gone = once(worker, 'exit')
  const old = await openStateDirectory({ root, topology: 'words', run: 'old' })
  old.join(worker.pid!)
  const next = { root, topology: 'words', run: 'next', patienceMs: 100 }
  await t.throwsAsync(openStateDirectory(next), {
    code: 'STATE_IN_USE',
    message: new RegExp(`\\bold\\b.*\\b${worker.pid}\\b`),
  })
  worker.kill('SIGKILL')
  await gone
  await t.notThrowsAsync(openStateDirectory({ ...next, patienceMs: 60_000 }))
})

test('a process that has left keeps nobody out', async (t) => {
  const root = folderOf(t)
  const old = await openStateDirectory({ root, topology: 'words', run: 'old' })
  old.join(process.ppid)
  old.leave(process.ppid)
  old.leave(process.ppid)
  await t.notThrowsAsync(openStateDirectory({ root, topology: 'words', run: 'next', patienceMs: 60_000 }))
})

test('a run whose lease was taken does nothing that wants it, and is told once', async (t) => {
  const root = folderOf(t)
  const told: string[] = []
  const onLost = ({ code }: { code: string }): unknown => told.push(code)
  const old = await openStateDirectory({ root, topology: 'words', run: 'old', onLost })
  let done = 0
  old.hold(() => done++)
  // What this process has left itself is over.
  const next = await openStateDirectory({ root, topology: 'words', run: 'next' })
  for (let turn = 0; turn < 2; turn++) t.throws(() => old.hold(() => done++), { code: 'STATE_IN_USE' })
  await Promise.resolve()
  t.deepEqual([done, told], [1, ['STATE_IN_USE']])
  await old.close()
  next.hold(() => done++)
  t.is(done, 2)
  t.throws(
    () =>
      next.hold(() => {
        throw new RangeError('of the action')
      }),
    { instanceOf: RangeError },
  )
})

test('a process that led a run has lost its lease when another one leads it, and those that lead none have not', async (t) => {
  const root = folderOf(t)
  const { path } = await openStateDirectory({ root, topology: 'words', run: 'a', leads: true })
  const store = openStore(join(path, 'lease'), { sync: 'none' })
  t.teardown(() => store.close())
  const options = { store, directory: path, run: 'a', patienceMs: 0, check: () => {} }
  const told: string[] = []
  const take = (name: string, leads: boolean) => takeLease({ ...options, leads, onLost: () => told.push(name) })
  const [old, worker, next] = [await take('old', true), await take('worker', false), await take('next', true)]
  t.teardown(() => [old, worker, next].forEach((lease) => void lease.end(false)))
  t.throws(() => old.hold(() => {}), { code: 'STATE_IN_USE' })
  for (const lease of [worker, next]) t.notThrows(() => lease.hold(() => {}))
  await Promise.resolve()
  t.deepEqual(told, ['old'])
})

test('a process that has its workers elsewhere keeps the directory by its signs of life, and not by being there', async (t) => {
  const root = folderOf(t)
  const next = { root, topology: 'words', run: 'next', patienceMs: 5000 }
  const { child } = await start(root, 'alone')
  await t.throwsAsync(openStateDirectory(next), { code: 'STATE_IN_USE' })
  child.kill('SIGSTOP')
  await t.notThrowsAsync(openStateDirectory(next))
})

test('a run hears of a lease that was taken when it would renew it', async (t) => {
  const root = folderOf(t)
  const told = new Promise<string>((resolve) => {
    const onLost = ({ code }: { code: string }): void => resolve(code)
    void openStateDirectory({ root, topology: 'words', run: 'old', onLost }).then(() =>
      openStateDirectory({ root, topology: 'words', run: 'next' }),
    )
  })
  t.is(await told, 'STATE_IN_USE')
})

test('of several runs that take over a lock at once one gets it', async (t) => {
  const root = folderOf(t)
  for (let round = 0; round < volume(1, 3); round++) {
    const runs = await Promise.all(Array.from({ length: 4 }, () => start(root, 'run')))
    const said = runs.map((run) => run.said[0])
    t.is(said.filter((line) => line === 'opened').length, 1, said.join())
    t.is(said.filter((line) => line === 'STATE_IN_USE').length, 3, said.join())
    await Promise.all(runs.map(({ child }) => kill(child)))
  }
})

/** Writes a lease as another process could have left it. */
async function leave(
  root: string,
  change: (worker: Record<string, unknown>) => Record<string, unknown>,
): Promise<Store> {
  const { child } = await start(root, 'run')
  await kill(child)
  const store = openStore(join(root, 'words', 'lease'), { sync: 'none' })
  const lease = store.get('lease') as { workers: Record<string, unknown>[] }
  store.transaction((writer) => writer.put('lease', { ...lease, workers: lease.workers.map(change) }))
  return store
}

test('a process with the number of a dead worker is another one', async (t) => {
  const root = folderOf(t)
  const store = await leave(root, (worker) => ({
    ...worker,
    pid: process.pid,
    started: worker['started'] && 'long ago',
  }))
  await store.close()
  await t.notThrowsAsync(openStateDirectory({ root, topology: 'words', run: 'next', patienceMs: 60_000 }))
})

test('a lease of another container is over when nobody has renewed it for a while, and the name of its host says nothing', async (t) => {
  const root = folderOf(t)
  const store = await leave(root, (worker) => ({ ...worker, space: 'another one', host: 'another' }))
  await store.close()
  await t.notThrowsAsync(openStateDirectory({ root, topology: 'words', run: 'next', patienceMs: 100 }))
})

test('a lease of another container that is renewed is refused', async (t) => {
  const root = folderOf(t)
  const store = await leave(root, (worker) => ({ ...worker, space: 'another one' }))
  const timer = setInterval(() => {
    const lease = store.get('lease') as { beat: number }
    store.transaction((writer) => writer.put('lease', { ...lease, beat: lease.beat + 1 }))
  }, 10)
  t.teardown(() => clearInterval(timer))
  const next = openStateDirectory({ root, topology: 'words', run: 'next', patienceMs: 600_000 })
  await t.throwsAsync(next, { code: 'STATE_IN_USE' })
})

test('a lease of another container is renewed by a worker as well, which takes no part in it', async (t) => {
  const root = folderOf(t)
  const store = await leave(root, (worker) => ({ ...worker, space: 'another one' }))
  const { run } = store.get('lease') as { run: string }
  await store.close()
  let isLost = false
  const look = watchHolder(join(root, 'words'), { run, worker: 1, incarnation: 1 }, true, () => {
    isLost = true
  })
  const timer = setInterval(look, 10)
  t.teardown(() => clearInterval(timer))
  const next = openStateDirectory({ root, topology: 'words', run: 'next', patienceMs: 600_000 })
  await t.throwsAsync(next, { code: 'STATE_IN_USE' })
  t.false(isLost)
})

test('a worker hears that another run has the directory, and not of one that nobody has', async (t) => {
  const root = folderOf(t)
  const path = join(root, 'words')
  const told: string[] = []
  const tell = ({ code, message }: { code: string; message: string }): unknown => told.push(`${code} ${message}`)
  const look = watchHolder(path, { run: 'old', worker: 1, incarnation: 1 }, true, tell)
  const unleased = watchHolder(path, { run: 'other', worker: 1, incarnation: 1 }, false, tell)
  look()
  const old = await openStateDirectory({ root, topology: 'words', run: 'old' })
  look()
  await old.close()
  look()
  t.deepEqual(told, [])
  await openStateDirectory({ root, topology: 'words', run: 'next' })
  unleased()
  t.deepEqual(told, [], 'a run that takes no lease cannot have lost it')
  look()
  t.regex(told.join(), /^STATE_IN_USE .*\bnext\b/)
})

test('a worker hears that it was started elsewhere, and not of others, of earlier ones, or of other runs', (t) => {
  const path = join(folderOf(t), 'words')
  const told: number[] = []
  const looks = [1, 2, 3].map((incarnation) =>
    watchHolder(path, { run: 'run', worker: 1, incarnation }, false, ({ code }) => {
      t.is(code, 'STATE_IN_USE')
      told.push(incarnation)
    }),
  )
  const heard = (run: string, worker: number, incarnation: number): number[] => {
    nameIncarnation(path, { run, worker, incarnation })
    for (const look of looks) look()
    return told.splice(0)
  }
  t.deepEqual(heard('run', 1, 1), [])
  t.deepEqual(heard('run', 2, 7), [])
  t.deepEqual(heard('run', 1, 3), [1, 2])
  t.deepEqual(heard('run', 1, 2), [1, 2], 'what was named stays')
  t.deepEqual(heard('other', 1, 9), [])
})

test('an orderly end leaves no lease: the next run begins at once, whatever it can know of the one before', async (t) => {
  const root = folderOf(t)
  const { child } = await start(root, 'run')
  const closed = once(createInterface({ input: child.stdout! }), 'line')
  child.stdin!.write('close\n')
  t.deepEqual(await closed, ['closed'])
  await t.notThrowsAsync(openStateDirectory({ root, topology: 'words', run: 'next', patienceMs: 600_000 }))
})

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
const hasNamespaces = spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0

if (hasNamespaces) {
  test('of two runs in two containers with one volume the second is refused, and the one after the first has died is not', async (t) => {
    const root = folderOf(t)
    const first = await start(root, 'run', 1, UNSHARE)
    t.deepEqual(first.said, ['opened'])
    t.deepEqual((await start(root, 'run', 1, UNSHARE)).said, ['STATE_IN_USE'])
    await kill(first.child)
    t.deepEqual((await start(root, 'run', 1, UNSHARE)).said, ['opened'])
  })
}

test('what a run writes that was taken for dead is refused by each store that the next one has opened', async (t) => {
  const directory = folderOf(t)
  const old = openStore(directory, { sync: 'none', run: 'old' })
  old.transaction((writer) => writer.put('count', 1))
  const next = openStore(directory, { sync: 'none', run: 'next' })
  t.throws(() => old.transaction((writer) => writer.put('count', 2)), { code: 'STATE_IN_USE' })
  next.transaction((writer) => writer.put('more', 1))
  t.deepEqual(
    [...next.range('')],
    [
      ['count', 1],
      ['more', 1],
    ],
  )
  await Promise.all([old.close(), next.close()])
})

test('a directory of another topology, or of another format, is refused', async (t) => {
  const root = folderOf(t)
  const { path } = await openStateDirectory({ root, topology: 'words', run: 'a' })
  const write = async (manifest: unknown) => {
    const store = openStore(join(path, 'lease'), { sync: 'none' })
    store.transaction((writer) => writer.put('manifest', manifest))
    await store.close()
  }
  await write({ format: 1, topology: 'other' })
  await t.throwsAsync(openStateDirectory({ root, topology: 'words', run: 'b' }), { code: 'STATE_FOREIGN' })
  await write({ format: 2, topology: 'words' })
  await t.throwsAsync(openStateDirectory({ root, topology: 'words', run: 'b' }), { code: 'STATE_FORMAT' })
})

test('a root that is a file is unavailable, and so is one where the system lets no folder be', async (t) => {
  const file = join(folderOf(t), 'file')
  writeFileSync(file, '')
  for (const root of [file, '/proc/nope'])
    await t.throwsAsync(openStateDirectory({ root, topology: 'words', run: 'b' }), { code: 'STATE_UNAVAILABLE' })
})

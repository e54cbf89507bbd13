/** The directory of a topology: one run at a time, whose workers share it, and nobody else’s files. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { fileNameOf, openStateDirectory } from '../../../lib/trident/state/state-directory.ts'
import { openStore } from '../../../lib/trident/state/store.ts'
import { removeTemporaryDirectories, temporaryDirectory } from './fixtures.ts'

const OPENER = fileURLToPath(new URL('directory-opener.js', import.meta.url))
const children: ChildProcess[] = []

test.after.always(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
  removeTemporaryDirectories()
})

/** Starts a run: a process, or with `workers` one that starts others, which open the directory. Gives what each said. */
async function start(root: string, as: 'run' | 'parent', count = 1): Promise<{ child: ChildProcess; said: string[] }> {
  const child = spawn(process.execPath, [OPENER, as, root, `${count}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(line)
    if (said.length === count) break
  }
  return { child, said }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('a directory is made for its topology, for nobody else to read, and opens again for the same run', async (t) => {
  const root = join(temporaryDirectory(), 'state')
  const directory = await openStateDirectory({ root, topology: 'words' })
  t.is(directory, join(root, 'words'))
  t.is(statSync(directory).mode & 0o777, 0o700)
  t.is(await openStateDirectory({ root, topology: 'words' }), directory)
})

test('names of topologies are never paths', (t) => {
  t.is(fileNameOf('word-count_1.2'), 'word-count_1.2')
  for (const name of ['..', '.', '', 'a/b', '../a', 'a\\b', 'a\u0000b', 'a*b']) {
    t.regex(fileNameOf(name), /^(?!\.{0,2}$)[\w.%-]+$/)
  }
})

test('a second run with the same directory is refused, and told which process has it', async (t) => {
  const root = temporaryDirectory()
  const { child } = await start(root, 'run')
  const error = await t.throwsAsync(openStateDirectory({ root, topology: 'words' }), { code: 'STATE_IN_USE' })
  t.true(error?.message.includes(`${child.pid}`))
  await openStateDirectory({ root, topology: 'other' })
})

test('a lock whose run was killed is taken over', async (t) => {
  const root = temporaryDirectory()
  const { child } = await start(root, 'run')
  await kill(child)
  t.true(existsSync(await openStateDirectory({ root, topology: 'words' })))
})

test('all workers of a run share the directory', async (t) => {
  const root = temporaryDirectory()
  const { said } = await start(root, 'parent', 3)
  t.deepEqual(said, ['opened', 'opened', 'opened'])
})

test('a worker of a killed run that still works keeps the directory, until it is gone', async (t) => {
  const root = temporaryDirectory()
  const { child, said } = await start(root, 'parent', 1)
  t.deepEqual(said, ['opened'])
  await kill(child)
  const next = { root, topology: 'words' }
  await t.throwsAsync(openStateDirectory({ ...next, patienceMs: 100 }), { code: 'STATE_IN_USE', message: /worker/ })
  // Its standard input was kept open by this process alone; at its end the worker ends.
  child.stdin!.destroy()
  await openStateDirectory({ ...next, patienceMs: 20_000 })
  t.pass()
})

test('of several runs that take over a lock at once one gets it', async (t) => {
  const root = temporaryDirectory()
  for (let round = 0; round < 3; round++) {
    const runs = await Promise.all(Array.from({ length: 4 }, () => start(root, 'run')))
    const said = runs.map((run) => run.said[0])
    t.is(said.filter((line) => line === 'opened').length, 1, said.join())
    t.is(said.filter((line) => line === 'STATE_IN_USE').length, 3, said.join())
    await Promise.all(runs.map(({ child }) => kill(child)))
  }
})

test('a process with the number of a dead owner is another one', async (t) => {
  const root = temporaryDirectory()
  await openStateDirectory({ root, topology: 'words' })
  const store = openStore(join(root, 'words', 'run'), { sync: 'none' })
  const { owner } = store.get('lock') as { owner: { pid: number; started: string | null; host: string } }
  if (owner.started === null) return t.pass('this system does not say when a process was started')
  store.transaction((writer) => writer.put('lock', { owner: { ...owner, started: 'long ago' }, workers: [] }))
  await store.close()
  await t.notThrowsAsync(openStateDirectory({ root, topology: 'words', ownerPid: process.pid }))
})

test('a directory of another topology, or of another format, is refused', async (t) => {
  const root = temporaryDirectory()
  const directory = await openStateDirectory({ root, topology: 'words' })
  const write = async (manifest: unknown) => {
    const store = openStore(join(directory, 'run'), { sync: 'none' })
    store.transaction((writer) => writer.put('manifest', manifest))
    await store.close()
  }
  await write({ format: 1, topology: 'other' })
  await t.throwsAsync(openStateDirectory({ root, topology: 'words' }), { code: 'STATE_FOREIGN' })
  await write({ format: 2, topology: 'words' })
  await t.throwsAsync(openStateDirectory({ root, topology: 'words' }), { code: 'STATE_FORMAT' })
})

test('a root that is a file is unavailable', async (t) => {
  const root = join(temporaryDirectory(), 'file')
  writeFileSync(root, '')
  await t.throwsAsync(openStateDirectory({ root, topology: 'words' }), { code: 'STATE_UNAVAILABLE' })
})

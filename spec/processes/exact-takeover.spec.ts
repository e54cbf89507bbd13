/**
 * A run in a container stands still, as one does whose machine was paused, for so long that another one takes its state
 * over. When it goes on it does nothing that the other one would not know of, and each line is there once; but for the
 * text that a worker has in hand where it stood still between its look and its write (docs/decisions/056).
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as passes } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { BOUND_MS } from '../bound.ts'
import { folderOf } from '../folder.ts'
import { CliRun, CONTAINER, codesOf, variables } from './cli.ts'

const LINES = Array.from({ length: 200_000 }, (_, n) => `${n} w${n % 7}`)
const INPUT = LINES.map((line) => `${line}\n`).join('')
const TOPOLOGY = /* YAML */ `
name: taken
config:
  topology.guarantee: exactly-once
  topology.workers: 2
  topology.state.checkpoint.interval.ms: 50
spouts:
  - { id: lines, className: FileSpout, constructorArgs: [input.txt, { follow: \${follow} }] }
bolts:
  - { id: sink, className: FileSinkBolt, constructorArgs: [lines.txt] }
streams:
  - { from: lines, to: sink, grouping: { type: GLOBAL } }
`
/** Of what is written: then it is stopped. */
const SOME_BYTES = 20_000
const POLL_MS = 5
/** The most that a worker writes with one call of the system. */
const ONE_TEXT_BYTES = 65_536

const hasContainers = spawnSync(CONTAINER[0]!, [...CONTAINER.slice(1), 'true']).status === 0

/** @param follow it does not end by itself */
function start(t: ExecutionContext, cwd: string, follow: boolean): CliRun {
  const run = new CliRun(['run', 'taken.yaml', ...variables({ follow: `${follow}` })], { cwd, contained: true })
  t.teardown(async () => {
    for (const pid of treeOf(run.pid)) signal(pid, 'SIGKILL')
    await run.ended
  })
  return run
}

function linesIn(folder: string): string[] {
  return readFileSync(join(folder, 'lines.txt'), 'utf8').split('\n').slice(0, -1)
}

/** Bytes of the lines that stand there again. */
function bytesTwice(lines: readonly string[]): number {
  const known = new Set<string>()
  const again = lines.filter((line) => known.size === known.add(line).size)
  return again.reduce((sum, line) => sum + line.length + 1, 0)
}

/** A process and all that it has started. */
function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    return [pid, ...children.flatMap((child) => treeOf(Number(child)))]
  } catch {
    return []
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has just ended.
  }
}

/** Waits until it has written something, and can go back. */
async function written(folder: string): Promise<void> {
  const output = join(folder, 'lines.txt')
  const snapshots = join(folder, 'state', 'taken', 'snapshots')
  const isWritten = (): boolean =>
    existsSync(output) &&
    statSync(output).size > SOME_BYTES &&
    readdirSync(snapshots).filter((name) => name.endsWith('.manifest')).length > 1
  for (const end = Date.now() + BOUND_MS; !isWritten(); await passes(POLL_MS))
    if (Date.now() > end) throw new Error('nothing was written')
}

if (hasContainers) {
  test('a run that stood still while another one took its state over ends, and each line is there once', async (t) => {
    const folder = folderOf(t, { 'input.txt': INPUT, 'taken.yaml': TOPOLOGY })
    const old = start(t, folder, true)
    await written(folder)
    const stopped = treeOf(old.pid)
    for (const pid of stopped) signal(pid, 'SIGSTOP')
    t.is((await start(t, folder, false).ended).code, 0)
    for (const pid of stopped) signal(pid, 'SIGCONT')
    const ended = await old.ended
    t.deepEqual([ended.code, codesOf(ended).at(-1)], [1, 'STATE_IN_USE'])
    const lines = linesIn(folder)
    t.is(new Set(lines).size, LINES.length)
    t.true(bytesTwice(lines) <= ONE_TEXT_BYTES, `${bytesTwice(lines)} bytes stand there twice`)
  })

  test('a run whose workers live keeps its state, though the process that leads it stands still', async (t) => {
    const folder = folderOf(t, { 'input.txt': INPUT, 'taken.yaml': TOPOLOGY })
    const old = start(t, folder, true)
    await written(folder)
    // The first is that of `unshare`, and it leads no run.
    const [, leader] = treeOf(old.pid)
    signal(leader!, 'SIGSTOP')
    t.deepEqual(codesOf(await start(t, folder, false).ended), ['STATE_IN_USE'])
    signal(leader!, 'SIGCONT')
    signal(leader!, 'SIGKILL')
    await old.ended
    t.is((await start(t, folder, false).ended).code, 0)
    const lines = linesIn(folder)
    t.deepEqual([lines.length, new Set(lines).size], [LINES.length, LINES.length])
  })
} else test('no container can be made here: 2 tests left out', (t) => t.pass())

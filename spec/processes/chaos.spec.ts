/** `typhoon chaos`, with real workers: what loses tuples is found, and nothing where nothing is lost. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ChaosReport } from '../../lib/chaos/processes/chaos.ts'
import { folderOf } from '../folder.ts'
import { CliRun, type Ended, topologyFile } from './cli.ts'

const FOR = ['--for', '6s', '--every', '2s']

async function chaos(...args: string[]): Promise<{ readonly ended: Ended; readonly report: ChaosReport }> {
  const ended = await new CliRun(['chaos', topologyFile('hasty'), ...FOR, '--json', ...args]).ended
  return { ended, report: JSON.parse(ended.stdout) as ChaosReport }
}

function deviations({ lines }: ChaosReport): unknown {
  return lines.map(({ faults, lost, strange, unended }) => [faults, lost, strange, unended])
}

test.serial('a bolt that acks too early is found to lose tuples when its worker is killed', async (t) => {
  const { ended, report } = await chaos('--seed', '7', '--faults', 'kill')
  t.is(ended.code, 1, ended.stderr)
  const { promise, isKept, broken, lines, seed } = report
  t.deepEqual([promise, isKept, seed], ['at least once', false, 7])
  t.true(lines[0]!.lost > 0 && lines[0]!.times > 0)
  t.is(broken[0]!.seed, 7)
})

test.serial('one that acks in time loses none, whatever happens between and to its workers', async (t) => {
  const faults = ['kill', 'cut', 'slow', 'clock']
  const { ended, report } = await chaos('--set', 'acks=late', '--faults', faults.join(','), '--for', '10s')
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(
    deviations(report),
    [...faults, 'all'].map((kind) => [kind, 0, 0, 0]),
  )
  t.true(report.lines.every(({ times }) => times > 0))
})

test.serial('a worker that stands still is given up, and nothing is lost', async (t) => {
  const timeout = ['-c', 'topology.worker.timeout.secs=1']
  const { ended, report } = await chaos('--set', 'acks=late', '--faults', 'stop', '--seed', '3', ...timeout)
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(deviations(report), [['stop', 0, 0, 0]])
})

test.serial('exactly once each row comes once, also where the disk is full for a while', async (t) => {
  const exact = ['-c', 'topology.guarantee=exactly-once', '-c', 'topology.state.checkpoint.interval.ms=200']
  const { ended, report } = await chaos('--set', 'acks=late', '--faults', 'kill,disk-full', ...exact)
  t.is(ended.code, 0, ended.stderr)
  t.is(report.guarantee, 'exactly-once')
  t.true(report.lines.every(({ lost, strange, times }) => lost + strange === 0 && times > 0))
})

test.serial('an oracle is asked in place of the comparison', async (t) => {
  const folder = folderOf(t)
  const oracle = join(folder, 'oracle.mjs')
  writeFileSync(
    oracle,
    'export const verify = ({ found, expected }) => ({ lost: expected.sink.length - new Set(found.sink.map(([n]) => n)).size + 1 })\n',
  )
  const { ended, report } = await chaos('--set', 'acks=late', '--faults', 'slow', '--for', '2s', '--verify', oracle)
  t.is(ended.code, 1, ended.stderr)
  t.deepEqual(deviations(report), [['slow', 1, 0, 0]])
})

test.serial('what cannot be compared is an error, and no verdict', async (t) => {
  await refused(t, ['--watch', 'sinc'], 'UNKNOWN_COMPONENT')
  await refused(t, ['--verify', 'nowhere.mjs'], 'FILE_NOT_FOUND')
})

async function refused(t: ExecutionContext, args: readonly string[], code: string): Promise<void> {
  const { ended, report } = await chaos(...args)
  t.is(ended.code, 1)
  t.is((report as unknown as { problems: { code: string }[] }).problems[0]!.code, code)
}

/** The examples that are exact: a worker is killed, and then the run; what they write is compared with an oracle. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { CliRun, codesOf, reportOf, variables } from './cli.ts'
import { addressesOf } from './corpus.ts'
import { RollCall } from './roll-call.ts'

/** Kills a worker, then the whole run; then it is run to its end, and once more. @returns the lines of its output */
async function disturbed(t: ExecutionContext, file: string, given: Record<string, string>): Promise<string[]> {
  const folder = folderOf(t)
  const output = join(folder, 'out.tsv')
  const args = ['run', file, '--json', '--state', join(folder, 'state'), ...variables({ ...given, output })]
  const roll = await RollCall.open(t)
  const fast = ['-c', 'topology.state.checkpoint.interval.ms=50']
  const first = roll.run([...args, ...fast])
  await first.line(/running/)
  process.kill(await roll.arrival(1), 'SIGKILL')
  await roll.arrival(4)
  first.signal('SIGKILL')
  await first.ended
  await roll.allGone()
  for (let run = 0; run < 2; run++) {
    const ended = await new CliRun([...args, ...fast]).ended
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(
      // How long a snapshot takes is a matter of the machine.
      codesOf(ended).filter((code) => code !== 'EXECUTE_FAILED' && code !== 'SNAPSHOT_LATE'),
      [],
    )
    t.is(reportOf(ended).status, 'completed')
  }
  return readFileSync(output, 'utf8').trimEnd().split('\n').sort()
}

test.serial('word-count-exact.yaml: each word stands there once, with its count', async (t) => {
  const { input, counts } = addressesOf('183')
  const lines = await disturbed(t, 'topologies/word-count-exact.yaml', { input })
  t.deepEqual(lines, [...counts].map(([word, count]) => `${word}\t${count}`).sort())
})

test.serial('loop-exact.ts: each number stands there once, with its steps', async (t) => {
  const numbers = 500
  const lines = await disturbed(t, 'topologies/loop-exact.ts', { numbers: String(numbers) })
  const stepsOf = (n: number): number => {
    let steps = 0
    for (let value = n; value !== 1; steps++) value = value % 2 === 0 ? value / 2 : 3 * value + 1
    return steps
  }
  t.deepEqual(lines, Array.from({ length: numbers }, (_, n) => `${n + 1}\t${stepsOf(n + 1)}`).sort())
})

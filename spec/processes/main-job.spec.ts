/** The main job as a user starts it, in YAML and in TypeScript, and with a worker that is killed twice. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { CliRun, codesOf, reportOf, typhoonProcess, variables } from './cli.ts'
import { RollCall } from './roll-call.ts'

const WORDS = 1_794_884
const DISTINCT = 60_471
const FILES = 233

const folder = mkdtempSync(join(tmpdir(), 'typhoon-main-job-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

for (const file of ['topologies/word-count.yaml', 'topologies/word-count.ts']) {
  test.serial(`${file} counts every word on two workers, and every root is acked`, async (t) => {
    const output = join(folder, 'counts.tsv')
    const ended = await typhoonProcess(['run', file, '--json', ...variables({ output })])
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), [])
    const { topology, status, workers, components, roots } = reportOf(ended)
    t.deepEqual([topology, status, workers], ['word-count', 'completed', 2])
    t.deepEqual(components, {
      lines: { tasks: 2, emitted: FILES, executed: 0, acked: FILES, failed: 0 },
      split: { tasks: 2, emitted: WORDS, executed: FILES, acked: FILES, failed: 0 },
      count: { tasks: 2, emitted: DISTINCT, executed: WORDS, acked: WORDS, failed: 0 },
      top: { tasks: 1, emitted: 0, executed: DISTINCT, acked: DISTINCT, failed: 0 },
      output: { tasks: 1, emitted: 0, executed: DISTINCT, acked: DISTINCT, failed: 0 },
    })
    t.deepEqual(roots, {
      emitted: FILES,
      acked: FILES,
      failed: { timeout: 0, explicit: 0, workerLost: 0 },
      replayed: 0,
      deadLettered: 0,
    })
    const counts = readFileSync(output, 'utf8').trimEnd().split('\n')
    t.is(counts.length, DISTINCT)
    t.true(counts.includes('the\t139095'))
    t.is(
      counts.reduce((sum, line) => sum + Number(line.split('\t')[1]), 0),
      WORDS,
    )
    t.regex(ended.stdout, /\bthe\b.*139,?095/)
  })
}

test.serial('the main job ends, too, where a worker is killed while it runs and again while it starts', async (t) => {
  const roll = await RollCall.open()
  t.teardown(() => roll.close())
  const run = new CliRun(['run', 'topologies/word-count.yaml', '--json', ...roll.flags])
  await run.line(/running/)
  process.kill(await roll.arrival(1), 'SIGKILL')
  process.kill(await roll.arrival(3), 'SIGKILL')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(codesOf(ended), [])
  t.is(ended.stderr.match(/was lost \(signal SIGKILL\)/g)?.length, 2)
  t.is(roll.pids.length, 4)
  const { status, roots } = reportOf(ended)
  t.is(status, 'completed')
  t.is(roots.deadLettered, 0)
  await t.notThrowsAsync(roll.allGone())
})

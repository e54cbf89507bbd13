/**
 * The main job as a user starts it: in YAML with the words of a century, in TypeScript, and with a worker that is
 * killed twice.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { allAcked } from '../command/parts.ts'
import { sharedFolder } from '../folder.ts'
import { codesOf, reportOf, typhoonProcess, variables } from './cli.ts'
import { addressesOf } from './corpus.ts'
import { RollCall } from './roll-call.ts'

const folder = sharedFolder()

const ALL = addressesOf('')

for (const [file, corpus] of [
  ['topologies/word-count.yaml', addressesOf('18')],
  ['topologies/word-count.ts', addressesOf('183')],
] as const) {
  test.serial(`${file} counts every word on two workers, and every root is acked`, async (t) => {
    const output = join(folder, 'counts.tsv')
    const { input, files, words, counts } = corpus
    const ended = await typhoonProcess(['run', file, '--json', ...variables({ input, output })])
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), [])
    const { topology, status, workers, components, roots } = reportOf(ended)
    t.deepEqual([topology, status, workers], ['word-count', 'completed', 2])
    t.deepEqual(components, {
      lines: { tasks: 2, emitted: files, executed: 0, acked: files, failed: 0 },
      split: { tasks: 2, emitted: words, executed: files, acked: files, failed: 0 },
      count: { tasks: 2, emitted: counts.size, executed: words, acked: words, failed: 0 },
      top: { tasks: 1, emitted: 0, executed: counts.size, acked: counts.size, failed: 0 },
      output: { tasks: 1, emitted: 0, executed: counts.size, acked: counts.size, failed: 0 },
    })
    t.deepEqual(roots, allAcked(files))
    const rows = readFileSync(output, 'utf8').trimEnd().split('\n')
    t.deepEqual(rows.toSorted(), [...counts].map(([word, count]) => `${word}\t${count}`).sort())
    t.regex(ended.stdout, new RegExp(`\\bthe\\b.*${counts.get('the')!.toLocaleString('en').replace(',', ',?')}`))
  })
}

test('all addresses have 1,794,884 words, 60,471 of them different', (t) => {
  const { files, words, counts } = ALL
  t.deepEqual([files, words, counts.size, counts.get('the')], [233, 1_794_884, 60_471, 139_095])
})

test.serial('the main job ends, too, where a worker is killed while it runs and again while it starts', async (t) => {
  const roll = await RollCall.open(t)
  const { input } = addressesOf('18')
  const run = roll.run(['run', 'topologies/word-count.yaml', '--json', ...variables({ input })])
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

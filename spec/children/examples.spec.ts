/** The examples in other languages as a user starts them, and a child of another language that is killed. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { sharedFolder } from '../folder.ts'
import { ROOT } from '../house/sources.ts'
import { codesOf, reportOf, typhoon, typhoonProcess, variables } from '../processes/cli.ts'
import { addressesOf } from '../processes/corpus.ts'
import { volume } from '../volume.ts'

const folder = sharedFolder()

/** What a sink has written: word, count. */
function countsIn(file: string): Map<string, number> {
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n')
  return new Map(rows.map((row) => row.split('\t')).map(([word, count]) => [word!, Number(count)]))
}

if (spawnSync('python3', ['--version']).status !== 0) {
  test('python3 is not installed: 4 tests left out', (t) => t.pass())
} else {
  test.serial('Python splits the corpus, and the counts are those of the main job', async (t) => {
    const output = join(folder, 'counts.tsv')
    const { input, files, words, counts } = addressesOf('183')
    const args = ['run', 'topologies/multilang-word-count.yaml', '--json', ...variables({ input, output })]
    const ended = await typhoon(args)
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), [])
    const { status, components, roots } = reportOf(ended)
    t.is(status, 'completed')
    t.deepEqual(components['split'], { tasks: 2, emitted: words, executed: files, acked: files, failed: 0 })
    t.deepEqual([roots.acked, roots.replayed, roots.deadLettered], [files, 0, 0])
    t.deepEqual([...countsIn(output)].sort(), [...counts].sort())
  })

  test.serial('a Python child that is killed during the word count costs no word', async (t) => {
    const output = join(folder, 'counts-after-kill.tsv')
    const script = join(ROOT, 'spec/processes/topologies/split-and-tell.py')
    const { input, files, counts } = addressesOf('183')
    const args = ['run', 'topologies/multilang-word-count.yaml', '--json', ...variables({ input, output, script })]
    const ended = await typhoonProcess(args, { env: { CLAIM: join(folder, 'claim') } })
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), ['CHILD_EXITED'], ended.stderr)
    t.is(ended.stderr.match(/pid \d+$/gm)?.length, 3, 'two children, and one that was started again')
    const { status, roots, workers } = reportOf(ended)
    t.deepEqual([status, workers, roots.deadLettered], ['completed', 1, 0])
    t.is(roots.acked, files)
    const counted = countsIn(output)
    const missing = [...counts].filter(([word, count]) => (counted.get(word) ?? 0) < count)
    t.deepEqual(missing, [])
  })

  test.serial("a Flux file of Storm's with components in JavaScript and Python runs as it is", async (t) => {
    const ended = await typhoon(['run', 'topologies/multilang-storm.yaml', '--for', '3s', '--json'])
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), [])
    const { components, roots } = reportOf(ended)
    // How many of its 200 sentences it emits in that time is a matter of the machine.
    t.true(roots.emitted > 0)
    t.is(roots.acked, roots.emitted)
    const words = components['splitsentence']!.emitted
    t.true(words > roots.emitted)
    t.deepEqual([components['count']!.executed, components['log']!.executed], [words, words])
  })

  test.serial('a bolt in Python finds every anomaly in a stream of measurements, and nothing else', async (t) => {
    const output = join(folder, 'anomalies.tsv')
    const spikes = volume(2, 10)
    const ended = await typhoon([
      'run',
      'topologies/anomalies.ts',
      '--json',
      ...variables({ output, readings: `${spikes * 1000}` }),
    ])
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), [])
    const found = readFileSync(output, 'utf8').trimEnd().split('\n')
    const places = found.map((row) => row.split('\t').slice(0, 2).join(' ')).sort()
    const planted = ['boiler', 'cellar', 'roof'].flatMap((sensor) =>
      Array.from({ length: spikes }, (_, spike) => `${sensor} ${spike * 1000 + 500}`),
    )
    t.deepEqual(places, planted.sort())
  })
}

/** A bolt in another language whose state is exact: its child, its worker and the whole run are killed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { CliRun, codesOf, reportOf } from '../processes/cli.ts'
import { RollCall } from '../processes/roll-call.ts'

/** Counts words; dies now and then with half of its work done. */
const COUNT = `import os, random, storm

counts = storm.State("counts")

@storm.bolt
def count(tup):
    word = tup["word"]
    counts.put(word, counts.get(word, 0) + 1)
    yield [word, counts.get(word)]
    if random.random() < 0.002:
        os._exit(1)

count.run()
`
const COUNT_JS = `const storm = require('storm')
storm.bolt(async (tuple, { emit, state }) => {
  const counts = state('counts')
  const word = tuple.field('word')
  counts.put(word, ((await counts.get(word)) ?? 0) + 1)
  emit([word, await counts.get(word)])
  if (Math.random() < 0.002) process.exit(1)
}).run()
`
const COUNT_RB = `require 'storm'
COUNTS = Storm::State.new('counts')
Storm.bolt do |tuple|
  word = tuple['word']
  COUNTS[word] = COUNTS.get(word, 0) + 1
  emit [word, COUNTS[word]]
  exit!(1) if rand < 0.002
end.run
`
const WORDS = 3000
/** A busy machine writes a snapshot late. */
const EXPECTED = ['CHILD_EXITED', 'EXECUTE_FAILED', 'SNAPSHOT_LATE']

for (const [language, program] of [
  ['Python', 'python3, count.py'],
  ['JavaScript', 'node, count.cjs'],
  ['Ruby', 'ruby, count.rb'],
] as const)
  test.serial(`in ${language} each word is counted once, whatever is killed`, async (t) => {
    const words = Array.from({ length: WORDS }, (_, n) => `w${(n * n) % 97}`)
    const folder = folderOf(t, {
      'words.txt': words.map((word) => `${word}\n`).join(''),
      'count.py': COUNT,
      'count.cjs': COUNT_JS,
      'count.rb': COUNT_RB,
    })
    const output = join(folder, 'out.tsv')
    const file = join(folder, 'counts.yaml')
    writeFileSync(
      file,
      `name: counts
config:
  topology.guarantee: exactly-once
  topology.state.checkpoint.interval.ms: 100
  topology.worker.restart.max.delay.ms: 100
  topology.tuple.max.attempts: 100
spouts: [{ id: lines, className: FileSpout, constructorArgs: [${join(folder, 'words.txt')}] }]
bolts:
  - { id: split, className: SplitBolt }
  - id: count
    className: ShellBolt
    constructorArgs: [[${program}], { outputs: [word, count], states: [counts] }]
  - { id: sink, className: FileSinkBolt, constructorArgs: [${output}] }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
  - { from: count, to: sink, grouping: { type: GLOBAL } }
`,
    )
    const roll = await RollCall.open(t)
    const args = ['run', file, '--json', '--state', join(folder, 'state')]
    const first = roll.run(args)
    await first.line(/running/)
    process.kill(await roll.arrival(1), 'SIGKILL')
    await roll.arrival(2)
    first.signal('SIGKILL')
    await first.ended
    await roll.allGone()
    const ended = await new CliRun(args).ended
    t.is(ended.code, 0, ended.stderr)
    t.is(reportOf(ended).status, 'completed')
    t.deepEqual(
      codesOf(ended).filter((code) => !EXPECTED.includes(code)),
      [],
    )
    const seen = new Map<string, number>()
    const expected = words.map((word) => {
      seen.set(word, (seen.get(word) ?? 0) + 1)
      return `${word}\t${seen.get(word)}`
    })
    t.deepEqual(readFileSync(output, 'utf8').trimEnd().split('\n').sort(), expected.sort())
  })

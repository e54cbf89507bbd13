/** A topology of Trident in YAML, at work: data in, data out. What is wrong with one stands in spec/samples. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Problem } from '../../lib/index.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { folderOf } from '../folder.ts'

const SAMPLE = join(process.cwd(), 'spec', 'samples', 'trident.ts')

/** Runs a topology to the end of its input. */
async function run(t: ExecutionContext, section: string, files: readonly string[]): Promise<string[][]> {
  const folder = folderOf(t)
  const file = join(folder, 'topology.yaml')
  await writeFile(file, section.replaceAll('FUNCTIONS', SAMPLE).replaceAll('FOLDER', folder))
  const config = { 'topology.state.dir': join(folder, 'state'), 'topology.state.sync': 'none' }
  const { definition } = await loadTopology(file, { config })
  const problems: Problem[] = []
  const cluster = new LocalCluster()
  const topology = await cluster.submit(definition, { events: { onProblem: (problem) => problems.push(problem) } })
  const { status } = await topology.complete()
  t.is(status, 'completed')
  t.deepEqual(problems, [])
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.map((text) => text.split('\n').filter((line) => line !== ''))
}

test('words are counted over all batches, and go on with their new values', async (t) => {
  const [lines] = await run(
    t,
    `
name: counted
config: { topology.workers: 2 }
trident:
  - newValuesOf: counts
    do:
      - global
      - partitionPersist: seen
        fileSink: { path: FOLDER/seen.txt, format: text, separator: ' ' }
  - stream: lines
    spout: { className: FixedBatchSpout, constructorArgs: [[line], 2, [the cow jumped], [over the moon], [the end]] }
    do:
      - flatMap: FUNCTIONS#split
        fields: [word]
      - filter: { Negate: { className: FUNCTIONS#isWord, constructorArgs: [cow] } }
      - persistentAggregate: counts
        groupBy: [word]
        aggregator: Count
        fields: [count]
        state: { embedded: { kind: transactional } }
        parallelism: 2
`,
    ['seen.txt'],
  )
  const counts = new Map(lines!.map((line) => line.split(' ') as [string, string]))
  t.deepEqual(Object.fromEntries([...counts].sort()), { end: '1', jumped: '1', moon: '1', over: '1', the: '3' })
})

test('streams are merged, joined and reduced, and each state has what it should', async (t) => {
  const [joined, longest, firsts] = await run(
    t,
    `
name: joined
components:
  - id: to-words
    className: FUNCTIONS#splitAt
    constructorArgs: [' ']
trident:
  - stream: left
    spout: { className: FixedBatchSpout, constructorArgs: [[k, a], 9, [1, one], [2, two]] }
  - stream: right
    spout: { className: FixedBatchSpout, constructorArgs: [[k, b], 9, [1, eins], [3, drei und mehr]] }
  - join:
      - { stream: left, on: [k], type: outer }
      - { stream: right, on: [k] }
    do:
      - global
      - partitionPersist: joined
        fileSink: { path: FOLDER/joined.txt, format: text, separator: ' ' }
  - stream: words
    from: right
    do:
      - project: [b]
      - flatMap: { ref: to-words }
        fields: [word]
  - from: words
    do:
      - persistentAggregate: longest
        aggregator: FUNCTIONS#Longest
        fields: [longest]
  - newValuesOf: longest
    do:
      - partitionPersist: longest-file
        fileSink: { path: FOLDER/longest.txt, format: text }
  - merge: [words, words]
    do:
      - each: FUNCTIONS#lengthOf
        input: [word]
        fields: [length]
      - aggregate: { FirstN: [2, length, true] }
        fields: [word, length]
      - project: [length]
      - partitionPersist: firsts
        fileSink: { path: FOLDER/firsts.txt, format: text }
`,
    ['joined.txt', 'longest.txt', 'firsts.txt'],
  )
  t.deepEqual(joined!.sort(), ['1 one eins', '3 null "drei und mehr"'])
  t.deepEqual(longest, ['eins'])
  t.deepEqual(firsts, ['4', '4'])
})

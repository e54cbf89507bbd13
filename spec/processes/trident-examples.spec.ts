/**
 * The examples of Trident as a user starts them: the word count that answers while it runs and goes on later, ten
 * words, and the fraud that is killed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { DrpcClient } from '../../lib/drpc/index.ts'
import { BOUND_MS } from '../bound.ts'
import { sharedFolder } from '../folder.ts'
import { CliRun, codesOf, typhoon, variables } from './cli.ts'
import { addressesOf } from './corpus.ts'
import { RollCall } from './roll-call.ts'

const CORPUS = addressesOf('179')
const THE = CORPUS.counts.get('the')!
const COUNTING = ['-c', 'drpc.http.port=0', ...variables({ input: CORPUS.input })]
/** Of fraud.ts: enough for every kill to hit a run at work, and so many of them that are found. */
const PAYMENTS = process.env['VOLUME'] === 'all' ? '200000' : '10000'
const TEN_WORDS = ['be', 'to', 'is', 'not', 'or', 'question', 'that', 'the'].map((word, place) => [
  word,
  place < 2 ? 2 : 1,
])

const folder = sharedFolder()

/** Asks for the sum of the counts of some words until it is what it must be; the sums on the way only grow. */
async function asked(t: ExecutionContext, run: CliRun, words: string, expected: number): Promise<number[]> {
  const client = await DrpcClient.connect(/http:\S+/.exec(await run.line(/^DRPC on /))![0])
  const sums: number[] = []
  const end = Date.now() + BOUND_MS
  while (sums.at(-1) !== expected && Date.now() < end) sums.push(JSON.parse(await client.execute('words', words))[0][0])
  client.close()
  t.is(sums.at(-1), expected)
  t.deepEqual(
    sums,
    [...sums].sort((a, b) => a - b),
  )
  return sums
}

async function stopped(t: ExecutionContext, run: CliRun): Promise<void> {
  run.signal('SIGINT')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(codesOf(ended), [])
}

for (const file of ['trident-word-count.ts', 'trident-word-count.yaml']) {
  test.serial(`${file} answers while it counts, and started again it knows what it has counted`, async (t) => {
    const args = ['run', `topologies/${file}`, '--state', join(folder, file), ...COUNTING]
    const first = new CliRun(args)
    await asked(t, first, 'the', THE)
    await stopped(t, first)
    const second = new CliRun(args)
    const [sum] = await asked(t, second, 'the nobody-says-this', THE)
    t.is(sum, THE, 'it has to count nothing again')
    await stopped(t, second)
  })
}

test.serial('the word count counts into memory as well, anew in each run', async (t) => {
  const state = join(folder, 'memory')
  for (let round = 0; round < 2; round++) {
    const run = new CliRun([
      'run',
      'dist/topologies/trident-word-count.js',
      '--state',
      state,
      ...COUNTING,
      ...variables({ store: 'memory' }),
    ])
    await asked(t, run, 'the', THE)
    await stopped(t, run)
  }
})

for (const file of ['ten-words.ts', 'trident-ten-words.ts']) {
  test.serial(`${file} prints its table`, async (t) => {
    const ended = await typhoon(['run', `topologies/${file}`, '--quiet', '--state', join(folder, 'ten')])
    t.is(ended.code, 0, ended.stderr)
    const rows = ended.stdout.split('\n').flatMap((line) => {
      const [word, count] = line.trim().split(/\s+/)
      return Number(count) > 0 ? [[word, Number(count)]] : []
    })
    t.deepEqual(rows, TEN_WORDS)
  })
}

test.serial('fraud.ts finds the same payments, each once, when workers are killed and when not', async (t) => {
  const undisturbed = join(folder, 'undisturbed.jsonl')
  const calm = await typhoon([
    'run',
    'topologies/fraud.ts',
    '--state',
    join(folder, 'calm'),
    ...variables({ output: undisturbed, payments: PAYMENTS }),
  ])
  t.is(calm.code, 0, calm.stderr)
  const expected = readFileSync(undisturbed, 'utf8').trimEnd().split('\n').sort()
  t.true(expected.length >= 10, `${expected.length} were found`)

  const roll = await RollCall.open(t)
  const output = join(folder, 'killed.jsonl')
  // Small batches, so that each kill hits a run at work.
  const small = ['-c', `topology.trident.batch.max.rows=${Number(PAYMENTS) / 100}`]
  const run = roll.run([
    'run',
    'dist/topologies/fraud.js',
    '--state',
    join(folder, 'killed'),
    ...small,
    ...variables({ output, payments: PAYMENTS }),
  ])
  await run.line(/running/)
  for (let worker = 1; worker <= 4; worker++) process.kill(await roll.arrival(worker), 'SIGKILL')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  t.is(ended.stderr.match(/was lost \(signal SIGKILL\)/g)?.length, 4)
  t.deepEqual(readFileSync(output, 'utf8').trimEnd().split('\n').sort(), expected)

  const again = await typhoon([
    'run',
    'dist/topologies/fraud.js',
    '--state',
    join(folder, 'killed'),
    ...variables({ output, payments: PAYMENTS }),
  ])
  t.is(again.code, 0, again.stderr)
  t.is(readFileSync(output, 'utf8').trimEnd().split('\n').length, expected.length, 'a second run finds nothing new')
})

/**
 * The examples of Trident as a user starts them: the word count that answers while it runs and goes on later, ten
 * words, and the fraud that is killed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { DrpcClient } from '../../lib/drpc/index.ts'
import { BOUND_MS } from '../bound.ts'
import { CliRun, codesOf, typhoon, variables } from './cli.ts'
import { RollCall } from './roll-call.ts'

const THE = 139_095
const ANY_PORT = ['-c', 'drpc.http.port=0']
const TEN_WORDS = ['be', 'to', 'is', 'not', 'or', 'question', 'that', 'the'].map((word, place) => [
  word,
  place < 2 ? 2 : 1,
])

const folder = mkdtempSync(join(tmpdir(), 'typhoon-examples-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

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
    const args = ['run', `topologies/${file}`, '--state', join(folder, file), ...ANY_PORT]
    const first = new CliRun(args)
    await asked(t, first, 'the', THE)
    await stopped(t, first)
    const second = new CliRun(args)
    const [sum] = await asked(t, second, 'the nobody-says-this', THE)
    t.is(sum, THE, 'it has to count nothing again')
    await stopped(t, second)
  })
}

test.serial('trident-word-count.ts counts into memory as well, anew in each run', async (t) => {
  const state = join(folder, 'memory')
  for (let round = 0; round < 2; round++) {
    const run = new CliRun([
      'run',
      'topologies/trident-word-count.ts',
      '--state',
      state,
      ...ANY_PORT,
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
    ...variables({ output: undisturbed }),
  ])
  t.is(calm.code, 0, calm.stderr)
  const expected = readFileSync(undisturbed, 'utf8').trimEnd().split('\n').sort()
  t.is(expected.length, 283)

  const roll = await RollCall.open()
  t.teardown(() => roll.close())
  const output = join(folder, 'killed.jsonl')
  // Small batches, so that each kill hits a run at work.
  const small = ['-c', 'topology.trident.batch.max.rows=2000']
  const run = new CliRun([
    'run',
    'topologies/fraud.ts',
    '--state',
    join(folder, 'killed'),
    ...small,
    ...roll.flags,
    ...variables({ output }),
  ])
  await run.line(/running/)
  for (let worker = 1; worker <= 4; worker++) process.kill(await roll.arrival(worker), 'SIGKILL')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  t.is(ended.stderr.match(/was lost \(signal SIGKILL\)/g)?.length, 4)
  t.deepEqual(readFileSync(output, 'utf8').trimEnd().split('\n').sort(), expected)

  const again = await typhoon([
    'run',
    'topologies/fraud.ts',
    '--state',
    join(folder, 'killed'),
    ...variables({ output }),
  ])
  t.is(again.code, 0, again.stderr)
  t.is(readFileSync(output, 'utf8').trimEnd().split('\n').length, 283, 'a second run finds nothing new')
})

/**
 * What is measured of Trident: batches against tuples one by one, their latency, questions meanwhile, and how soon they
 * flow again.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DrpcClient } from '../../drpc/index.ts'
import { Histogram, type Run, type RunListener, type RunMetrics } from '../../run/index.ts'
import { metricsOf, pause, type RunSpec, rateOf, spanOf, warmUp, withTopology } from '../measure.ts'
import type { Row, Scenario } from '../row.ts'
import { SENTENCES } from '../topologies/components.ts'
import { WORDS_PER_SENTENCE } from '../topologies/trident-topologies.ts'

const TWO_WORKERS = { 'topology.workers': 2 }
const FIVE_SENTENCES = SENTENCES.join(' ').split(' ').length / SENTENCES.length

/** Part of the usual run. */
export const TRIDENT_SCENARIOS: readonly Scenario[] = [
  wordCount('trident-word-count', 'Trident word count in memory, two workers', {}, FIVE_SENTENCES, 1, 1.5),
  wordCount(
    'trident-word-count-embedded',
    'Trident word count of 60,000 words into the embedded store, two workers',
    { store: 'embedded', words: 'many' },
    WORDS_PER_SENTENCE,
    0.6,
    1,
  ),
  { name: 'trident-latency', run: latency },
  { name: 'trident-drpc', run: questions },
  { name: 'trident-recovery', run: recovery },
]

function wordCount(
  name: string,
  what: string,
  variables: Readonly<Record<string, string>>,
  wordsPerRow: number,
  goal: number,
  aim: number,
): Scenario {
  return {
    name,
    async run(seconds) {
      const core = await rateOf(
        { topology: 'word-count', config: TWO_WORKERS, variables: { workers: '2' } },
        'count',
        'executed',
        seconds,
      )
      const rate = await inBatches({ topology: name, variables }, async (running) => {
        await warmUp(running)
        const { before, now, peakBytes } = await spanOf(running, seconds * 1000)
        const words = (rowsIn(now) - rowsIn(before)) * wordsPerRow
        return { perSecond: words / (now.seconds - before.seconds), peakBytes }
      })
      const ratio = rate.perSecond / core.perSecond
      return [
        { name: `${what}: the core's, acked`, value: core.perSecond, unit: 'words/s', cores: core.cores },
        {
          name: what,
          value: rate.perSecond,
          unit: 'words/s',
          ratio,
          peakBytes: rate.peakBytes,
          goal: `ratio ${goal}, aim ${aim}`,
          reached: ratio >= goal,
        },
      ]
    },
  }
}

/**
 * From the begin of a batch to its commit: the last batches of a run, in which 10,000 sentences a second come, a batch
 * every 10 ms.
 */
async function latency(seconds: number): Promise<Row[]> {
  let told: string[] | undefined
  const variables = { store: 'embedded', words: 'many', rate: '10000' }
  await inBatches(
    { topology: 'trident-latency', variables },
    async (running) => {
      await warmUp(running)
      await pause(seconds * 2000)
    },
    {
      onLog({ message }) {
        told ??= /took ([\d.e+]+) ms \(p50\), ([\d.e+]+) ms \(p99\)/.exec(message)?.slice(1)
      },
    },
  )
  const [p50, p99] = (told ?? []).map(Number)
  return rowsOfPercentiles('a batch of 10 ms into the embedded store, begin to commit', { p50, p99 }, { p99: [60, 25] })
}

/** Round trips of a DRPC client, one after the other, while the word count uses both cores. */
async function questions(seconds: number): Promise<Row[]> {
  const taken = new Histogram()
  const spec = { topology: 'trident-drpc', variables: { drpc: 'yes' }, config: { 'drpc.http.port': 0 } }
  let url = ''
  const onServing: RunListener['onServing'] = (serving) => {
    url = serving.url
  }
  const ask = async (running: Run): Promise<void> => {
    const client = await DrpcClient.connect(url)
    try {
      await warmUp(running)
      const end = performance.now() + seconds * 1000
      while (performance.now() < end) {
        const askedAt = performance.now()
        const answer = await client.execute('words', 'the cow and nature')
        taken.record(Math.round((performance.now() - askedAt) * 1000))
        if (JSON.parse(answer)[0][0] < 1000) throw new Error(`the word count has counted ${answer}`)
      }
    } finally {
      client.close()
    }
  }
  await inBatches(spec, ask, { onServing })
  return rowsOfPercentiles('DRPC round trip while the word count runs', taken.percentilesMs(), {
    p50: [10, 3],
    p99: [40, 10],
  })
}

/** Kills one of two workers, and waits until a batch that began after that is committed. */
async function recovery(): Promise<Row[]> {
  const spec = {
    topology: 'trident-recovery',
    variables: { store: 'embedded' },
    config: { 'topology.stats.interval.ms': 10 },
  }
  const seconds = await inBatches(spec, async (running) => {
    await warmUp(running)
    running.killWorker(2)
    const killedAt = performance.now()
    // What was committed by then may be reported a moment later.
    await pause(100)
    const before = rowsIn(metricsOf(running))
    while (rowsIn(metricsOf(running)) === before && performance.now() < killedAt + 30_000) await pause(2)
    return (performance.now() - killedAt) / 1000
  })
  const name = 'SIGKILL of one of two workers: until batches commit again'
  return [{ name, value: seconds, unit: 's', goal: '3 s, aim 1 s', reached: seconds <= 3 }]
}

/** Runs a Trident topology on two workers, with a state directory of its own. */
async function inBatches<T>(
  spec: RunSpec,
  watch: (running: Run) => Promise<T>,
  listener: RunListener = {},
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'typhoon-bench-'))
  try {
    const config = { ...TWO_WORKERS, 'topology.state.dir': directory, 'topology.drain.timeout.secs': 1, ...spec.config }
    const { result } = await withTopology({ ...spec, config }, watch, listener)
    return result
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function rowsIn({ components }: RunMetrics): number {
  return components['coordinator']?.counters['rows committed'] ?? 0
}

function rowsOfPercentiles(
  name: string,
  found: Record<'p50' | 'p99', number | undefined>,
  goals: Partial<Record<'p50' | 'p99', [goal: number, aim: number]>>,
): Row[] {
  return (['p50', 'p99'] as const).map((part): Row => {
    const value = found[part] ?? Number.NaN
    const row: Row = { name: `${name}, ${part}`, value, unit: 'ms' }
    const goal = goals[part]
    return goal === undefined ? row : { ...row, goal: `${goal[0]} ms, aim ${goal[1]}`, reached: value <= goal[0] }
  })
}

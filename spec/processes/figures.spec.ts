/** What a service answers of the figures of a topology that runs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { misfit } from '../../lib/api/schema.ts'
import { SCHEMAS } from '../../lib/api/schemas.ts'
import { folderOf } from '../folder.ts'
import { typhoonProcess } from './cli.ts'
import { startedService } from './service-process.ts'

const WORDS = `
name: words
config: { topology.workers: 2, topology.stats.interval.ms: 50 }
spouts:
  - { id: lines, className: RandomSentenceSpout }
bolts:
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: count, className: CountBolt }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
`

/** A service with the topology, and what asks it. */
async function running(t: ExecutionContext) {
  const project = folderOf(t, { 'words.yaml': WORDS })
  const folder = folderOf(t)
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  await startedService(t, folder, env)
  const { code, stderr } = await typhoonProcess(['submit', 'words.yaml'], { cwd: project, env })
  t.is(code, 0, stderr)
  const { server, tokenFile } = JSON.parse(readFileSync(join(folder, 'config/typhoon/service.json'), 'utf8'))
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`
  const ask = async (path: string): Promise<any> =>
    (await fetch(`${server}${path}`, { headers: { authorization } })).json()
  const seen = (what: string) => ask(`/v1/topologies/words/${what}`)
  return { ask, seen, env, project }
}

/** Asks until it is so. */
async function until(ask: () => Promise<any>, isSo: (answer: any) => boolean): Promise<any> {
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
  }
}

test('the figures, series and events of a topology fit their schemas, and count what was counted', async (t) => {
  const { ask, seen, project, env } = await running(t)
  const figures = await until(
    () => seen('figures?window=all'),
    // Each worker reports at its own time.
    ({ components: { count } = {}, workers }) =>
      count?.acked > 1000 && count.hotKeys !== undefined && workers[1]?.links?.length > 0 && workers[2]?.isAlive,
  )
  t.is(misfit(figures, SCHEMAS['Figures']!, SCHEMAS), undefined)
  t.true(figures.components.lines.completeLatency.count > 0)
  t.true(figures.components.split.tasks.length === 2 && figures.workers[2].isAlive)
  const { split, count } = figures.components
  t.deepEqual(split.streams, [{ stream: 'default', emitted: split.emitted, transferred: split.transferred }])
  t.like(count.inputs[0], { component: 'split', stream: 'default', sent: split.transferred, acked: count.acked })
  t.true(figures.workers[1].links[0].sentBytes > 0)
  const series = await seen('series?figure=executed&component=split&window=10800')
  t.is(misfit(series, SCHEMAS['Series']!, SCHEMAS), undefined)
  t.true(series.values.some((value: number) => value > 0))
  const { events } = await seen('events')
  t.is(misfit({ events }, SCHEMAS['Events']!, SCHEMAS), undefined)
  t.is(events.filter(({ kind }: { kind: string }) => kind === 'worker-started').length, 2)
  const last = events.at(-1).number
  const later = await seen(`events?since=${last}`)
  t.true(later.events.every(({ number }: { number: number }) => number > last))

  const { findings } = await seen('findings')
  t.is(misfit({ findings }, SCHEMAS['Findings']!, SCHEMAS), undefined)
  const doctor = await typhoonProcess(['doctor', 'words', '--json'], { cwd: project, env })
  t.true(Array.isArray(JSON.parse(doctor.stdout).findings), doctor.stderr)
  t.true(figures.components.count.hotKeys.length > 0 && figures.components.split.processLatency.count > 0)

  const storm = await ask('/api/v1/topology/words?window=600')
  t.deepEqual([storm.window, storm.topologyStats.length, storm.bolts.length], ['600', 4, 2])
  t.true(storm.spouts[0].acked > 0)

  const codeOf = async (answer: Promise<any>) => (await answer).problems[0].code
  t.is(await codeOf(seen('series?figure=acked&component=line')), 'UNKNOWN_COMPONENT')
  t.is(await codeOf(seen('series?component=lines')), 'SERVICE_BAD_REQUEST')
  t.is(await codeOf(seen('figures?window=7')), 'SERVICE_BAD_REQUEST')
  t.is(await codeOf(ask('/api/v1/topology/words?window=7')), 'SERVICE_BAD_REQUEST')
})

/** Profiles of a worker of a service, which is a process. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { run } from '../../lib/run/index.ts'
import { codesOf, reportOf, topologyFile } from './cli.ts'
import { begun, ended, output } from './service-of-words.ts'

interface CpuProfile {
  readonly nodes: readonly { readonly callFrame: { readonly functionName: string; readonly url: string } }[]
  readonly samples: readonly number[]
}

test.serial('a worker is profiled over HTTP while it works, once at a time, and that is noted', async (t) => {
  const { submit, ask, output: path, left, folder } = await begun(t, { guarantee: 'at-least-once' })
  ended(t, await submit(), 0)
  await output(path, 5)
  const { server, tokenFile } = left()
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }
  const profile = (worker: number, query: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${server}/v1/topologies/words/workers/${worker}/profile?${query}`, { headers, ...(signal && { signal }) })
  const refusal = async (response: Response): Promise<unknown[]> => [
    response.status,
    ((await response.json()) as { problems: { code: string }[] }).problems[0]!.code,
  ]

  const both = await Promise.all([profile(1, 'seconds=1'), profile(1, 'seconds=1')])
  const [taken, refused] = both[0]!.ok ? both : both.toReversed()
  t.deepEqual(await refusal(refused!), [409, 'PROFILE_BUSY'])
  t.regex(taken!.headers.get('content-disposition')!, /words-worker-1-[\dT-]+\.cpuprofile$/)
  const { nodes, samples } = (await taken!.json()) as CpuProfile
  t.true(samples.length > 10)
  t.is(nodes[0]!.callFrame.functionName, '(root)')

  const gone = new AbortController()
  const long = [profile(1, 'seconds=60', gone.signal), profile(1, 'seconds=60', gone.signal)]
  t.deepEqual(await refusal(await Promise.race(long)), [409, 'PROFILE_BUSY'])
  gone.abort()
  t.deepEqual((await Promise.allSettled(long)).map(({ status }) => status).sort(), ['fulfilled', 'rejected'])

  let heap = await profile(1, 'kind=heap')
  while (!heap.ok) heap = await profile(1, 'kind=heap')
  const { snapshot, strings } = (await heap.json()) as { snapshot: { node_count: number }; strings: string[] }
  t.true(snapshot.node_count > 1000)
  t.true(strings.includes('Split'))

  const file = join(folder, 'one.cpuprofile')
  const told = reportOf(await ask('profile', 'words', '2', '--seconds', '1', '--output', file, '--json'))
  t.like(told, { file, kind: 'cpu', worker: 2, bytes: statSync(file).size })
  t.true((JSON.parse(readFileSync(file, 'utf8')) as CpuProfile).samples.length > 10)
  t.deepEqual(codesOf(await ask('profile', 'words', '7', '--output', join(folder, 'none'))), ['PROFILE_FAILED'])
  t.deepEqual(
    readdirSync(folder).filter((name) => /none|part/.test(name)),
    [],
  )

  t.deepEqual(await refusal(await profile(7, '')), [409, 'PROFILE_FAILED'])
  t.deepEqual(await refusal(await profile(1, 'seconds=61')), [400, 'SERVICE_BAD_REQUEST'])
  const noted = readFileSync(join(folder, 'service/audit.log'), 'utf8')
  t.regex(noted, /"operation":"profile","status":200,"topology":"words"/)
})

test.serial('a heap that takes longer to write down than the event loop may stand still ends no worker', async (t) => {
  const hoarding = run(topologyFile('hoarding'))
  t.teardown(() => hoarding.stopNow().catch(() => {}))
  const begun: number[] = []
  hoarding.listen({ onWorkerStarted: (worker) => begun.push(worker) })
  await hoarding.untilRunning()
  let text = ''
  for await (const part of hoarding.profile(1, { kind: 'heap' }, new AbortController().signal)) text += part
  t.true(JSON.parse(text).snapshot.node_count > 200_000)
  const { roots } = await hoarding.drain()
  t.deepEqual(begun, [1])
  t.deepEqual(roots.failed, { explicit: 0, timeout: 0, workerLost: 0 })
  // Nothing is taken of a run that is over.
  await t.throwsAsync(hoarding.profile(1, { kind: 'heap' }, new AbortController().signal).next(), {
    code: 'PROFILE_FAILED',
  })
})

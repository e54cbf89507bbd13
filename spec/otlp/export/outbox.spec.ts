/** What waits for a collector: in order, within bounds, tried again later and later; and nobody waits for it. */
import test, { type ExecutionContext } from 'ava'
import type { Problem } from '../../../lib/errors/typhoon-error.ts'
import { Outbox } from '../../../lib/otlp/export/outbox.ts'
import { type Outcome, postTo } from '../../../lib/otlp/export/post.ts'
import { otelSettings } from '../../../lib/otlp/settings.ts'
import { EventClock } from '../../messaging/clocks.ts'
import { collector } from '../collector.ts'

const TAKEN: Outcome = { is: 'taken' }
const AGAIN: Outcome = { is: 'again', why: 'busy' }

/** @param outcomes of the first requests; those after them are taken */
function outbox(outcomes: readonly Outcome[]) {
  const clock = new EventClock({ runsByItself: false })
  const posted: string[] = []
  const problems: Problem[] = []
  const post = async (json: string): Promise<Outcome> => outcomes[posted.push(json) - 1] ?? TAKEN
  const box = new Outbox({ clock, random: () => 0, post, address: 'x', onTrouble: (problem) => problems.push(problem) })
  return { box, clock, posted, problems }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('requests go one after the other, and one that is to come again goes before the next', async (t) => {
  const { box, clock, posted, problems } = outbox([AGAIN, AGAIN])
  box.add('1')
  box.add('2')
  await settled()
  t.deepEqual(posted, ['1'])
  clock.run(clock.now() + 499)
  await settled()
  t.is(posted.length, 1)
  clock.run(clock.now() + 1)
  await settled()
  clock.run(clock.now() + 1000)
  await settled()
  t.deepEqual(posted, ['1', '1', '1', '2'])
  t.deepEqual(
    problems.map(({ code }) => code),
    ['TELEMETRY_UNSENT'],
  )
})

test('the collector says how long it wants to be left alone', async (t) => {
  const { box, clock, posted } = outbox([{ ...AGAIN, afterMs: 60_000 }])
  box.add('1')
  await settled()
  clock.run(clock.now() + 59_999)
  await settled()
  t.is(posted.length, 1)
  clock.run(clock.now() + 1)
  await settled()
  t.is(posted.length, 2)
})

test('what is refused does not come again', async (t) => {
  const { box, posted, problems } = outbox([{ is: 'refused', why: '400' }])
  box.add('1')
  box.add('2')
  await settled()
  t.deepEqual(posted, ['1', '2'])
  t.is(problems.length, 1)
})

test('there is room for so much: the oldest is left out, and it is told how many', async (t) => {
  const { box, clock, posted, problems } = outbox([AGAIN])
  for (let index = 0; index < 250; index++) box.add(String(index))
  await settled()
  clock.run(clock.now() + 1000)
  await settled()
  t.deepEqual(
    posted.slice(1),
    Array.from({ length: 100 }, (_, index) => String(150 + index)),
  )
  t.true(problems.at(-1)!.message.endsWith('150'))
})

test('at the end what waits is tried once more, and nobody waits for long', async (t) => {
  const { box, posted, problems } = outbox([AGAIN, AGAIN])
  box.add('1')
  await settled()
  await box.close(1000)
  t.deepEqual(posted, ['1', '1'])
  t.is(problems.length, 2)
  const never = new EventClock({ runsByItself: false })
  const stuck = new Outbox({
    ...{ clock: never, random: () => 0, address: 'x', onTrouble: () => {} },
    post: () => new Promise(() => {}),
  })
  stuck.add('1')
  const closed = stuck.close(1000)
  never.run(never.now() + 1000)
  await closed
  t.pass()
})

async function answered(t: ExecutionContext, status: number): Promise<Outcome> {
  const { url } = await collector(t, () => status)
  const post = await postTo(otelSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: url }).metrics!)
  return post('{}')
}

test('what the statuses of a collector mean', async (t) => {
  t.deepEqual(await answered(t, 200), TAKEN)
  for (const status of [429, 502, 503, 504]) t.is((await answered(t, status)).is, 'again')
  for (const status of [302, 400, 401, 404, 500]) t.is((await answered(t, status)).is, 'refused')
  const post = await postTo(otelSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }).metrics!)
  t.is((await post('{}')).is, 'again')
})

test('headers and gzip', async (t) => {
  const { url, received } = await collector(t)
  const post = await postTo(
    otelSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=mine',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    }).traces!,
  )
  t.deepEqual(await post('{"a":1}'), TAKEN)
  t.like(received[0], {
    path: '/v1/traces',
    headers: { 'api-key': 'mine', 'content-encoding': 'gzip' },
    body: { a: 1 },
  })
})

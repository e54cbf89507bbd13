/**
 * A state whose Redis goes away, comes back, loses its data, refuses, or is used by somebody else too: it waits or says
 * so, and never counts wrong.
 */
import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import type { MapState, StateKind } from '../../../lib/trident/model/state.ts'
import { redisMap } from '../../../lib/trident/state/factories.ts'
import { folderOf } from '../../folder.ts'
import { BegunNote, codeOf, freePort, HAS_REDIS, RedisServer, stateContext } from './fixtures.ts'

const servers: RedisServer[] = []
const states: MapState[] = []

async function server(t: ExecutionContext, ...extra: string[]): Promise<RedisServer> {
  const started = await RedisServer.start(folderOf(t), ...extra)
  servers.push(started)
  return started
}

async function open(
  port: number,
  more: { maxWaitMs?: number; commandTimeoutMs?: number; password?: string; kind?: StateKind } = {},
  context = {},
): Promise<MapState<number>> {
  const state = await redisMap<number>({ port, cacheSize: 0, ...more }).makeState(stateContext(context))
  states.push(state)
  return state
}

async function add(state: MapState<number>, txid: number, keys: readonly string[] = ['a']): Promise<void> {
  await state.beginCommit(txid)
  await state.multiUpdate(keys, (stored) => (stored ?? 0) + 1)
  await state.commit(txid)
}

/** As the coordinator does: a batch that could not be committed is replayed. */
async function addInTheEnd(...batch: Parameters<typeof add>): Promise<void> {
  while ((await codeOf(() => add(...batch))) === 'STATE_UNAVAILABLE');
}

test.after.always(async () => {
  for (const state of states) await state.close?.()
  for (const one of servers) await one.kill()
})

const SPECIFICATIONS: Record<string, (t: ExecutionContext) => Promise<void>> = {
  async 'a Redis that is killed and comes back: the commit waits for it, and counts once'(t) {
    const redis = await server(t)
    const state = await open(redis.port)
    await add(state, 1)
    await redis.kill()
    const waiting = add(state, 2)
    await redis.start()
    await waiting
    await add(state, 3)
    t.deepEqual(await state.multiGet(['a']), [3])
  },

  async 'a Redis that has lost what it confirmed, though nothing is written any more: a check says so'(t) {
    for (const kind of ['non-transactional', 'transactional', 'opaque'] satisfies StateKind[]) {
      const redis = await server(t, '--appendonly', 'no')
      const state = await open(redis.port, { kind })
      await add(state, 1)
      await state.check!()
      await redis.kill()
      t.is(await codeOf(() => state.check!()), 'STATE_UNAVAILABLE')
      await redis.start()
      t.is(await codeOf(() => state.check!()), 'STATE_LOST')
      const other = await open(redis.port, { kind }, { name: 'emptied' })
      await add(other, 1)
      const client = new Redis({ port: redis.port })
      await client.flushall()
      client.disconnect()
      t.is(await codeOf(() => other.check!()), 'STATE_LOST')
    }
  },

  async 'a Redis that is away for good: the commit fails after its time, and the batch can be committed later'(t) {
    const redis = await server(t)
    const state = await open(redis.port, { maxWaitMs: 300 })
    await add(state, 1)
    await redis.kill()
    await t.throwsAsync(add(state, 2), { code: 'STATE_UNAVAILABLE', message: new RegExp(`${redis.port}`) })
    await redis.start()
    await add(state, 2)
    t.deepEqual(await state.multiGet(['a']), [2])
  },

  async 'a Redis that hangs: what was sent to it and given up does not come through when it goes on'(t) {
    const redis = await server(t)
    const state = await open(redis.port, { maxWaitMs: 3000, commandTimeoutMs: 1000 })
    await addInTheEnd(state, 1)
    await state.beginCommit(2)
    await state.multiUpdate(['a', 'b'], (stored) => (stored ?? 0) + 1)
    redis.signal('SIGSTOP')
    t.is(await codeOf(() => state.commit(2)), 'STATE_UNAVAILABLE')
    redis.signal('SIGCONT')
    // The replay holds other tuples; then come later batches.
    await addInTheEnd(state, 2, ['a'])
    await addInTheEnd(state, 3, ['a'])
    await addInTheEnd(state, 4, ['b'])
    t.deepEqual(await state.multiGet(['a', 'b']), [3, 1])
  },

  async 'a Redis that comes back without its data is noticed'(t) {
    const redis = await server(t)
    const state = await open(redis.port)
    await add(state, 1)
    const client = new Redis({ port: redis.port })
    await client.flushall()
    client.disconnect()
    t.is(await codeOf(() => add(state, 2)), 'STATE_LOST')
  },

  async 'a Redis that was emptied between two runs is noticed, and nothing is written to it'(t) {
    const redis = await server(t)
    const note = new BegunNote()
    const context = { begins: note.begins }
    const state = await open(redis.port, {}, context)
    note.isWritten = true
    await add(state, 1)
    await state.close?.()
    const again = await open(redis.port, {}, context)
    t.deepEqual(await again.multiGet(['a']), [1], 'what was not emptied goes on')
    await again.close?.()
    const client = new Redis({ port: redis.port })
    await client.flushall()
    for (let run = 0; run < 2; run++) t.is(await codeOf(() => open(redis.port, {}, context)), 'STATE_LOST')
    t.deepEqual(await client.keys('*'), [])
    client.disconnect()
  },

  async 'a worker that was taken for dead cannot write any more'(t) {
    const redis = await server(t)
    const old = await open(redis.port)
    await add(old, 1)
    const young = await open(redis.port)
    await add(young, 2)
    t.is(await codeOf(() => add(old, 2)), 'STATE_IN_USE')
    t.is(await codeOf(() => add(old, 3)), 'STATE_IN_USE')
    await add(young, 3)
    t.deepEqual(await young.multiGet(['a']), [3])
  },

  async 'a wrong password, or none, is an error that says so at once'(t) {
    const redis = await server(t, '--requirepass', 'right')
    const hint = async (password?: string) => {
      const error = await t.throwsAsync(open(redis.port, password === undefined ? {} : { password }), {
        code: 'STATE_UNAVAILABLE',
      })
      return (error as unknown as { hint: string }).hint
    }
    t.regex(await hint('wrong'), /password/)
    t.regex(await hint(), /password/)
    const state = await open(redis.port, { password: 'right' })
    await add(state, 1)
    t.deepEqual(await state.multiGet(['a']), [1])
  },

  async 'no Redis at the address'(t) {
    t.is(await codeOf(async () => open(await freePort(), { maxWaitMs: 100 })), 'STATE_UNAVAILABLE')
  },

  async 'a key that something else uses, or another state, is refused'(t) {
    const redis = await server(t)
    const client = new Redis({ port: redis.port })
    await client.set('typhoon:words:text:0', 'a text')
    await client.hset('typhoon:words:hash:0', 'a', '1')
    client.disconnect()
    t.is(await codeOf(() => open(redis.port, {}, { name: 'text' })), 'STATE_FOREIGN')
    t.is(await codeOf(() => open(redis.port, {}, { name: 'hash' })), 'STATE_FOREIGN')
    await open(redis.port, {}, { name: 'a:b', topology: 'c' })
    t.is(await codeOf(() => open(redis.port, {}, { name: 'b', topology: 'c:a' })), 'STATE_FOREIGN')
    await open(redis.port)
    t.is(await codeOf(() => open(redis.port, { kind: 'transactional' })), 'STATE_FORMAT')
    t.is(await codeOf(() => open(redis.port, {}, { numPartitions: 2 })), 'STATE_PARTITIONS')
  },

  async 'a Redis without memory left refuses, and the batch can be committed later'(t) {
    const redis = await server(t)
    const state = await open(redis.port)
    await add(state, 1)
    const client = new Redis({ port: redis.port })
    await client.config('SET', 'maxmemory', '1')
    t.is(await codeOf(() => add(state, 2)), 'STATE_UNAVAILABLE')
    await client.config('SET', 'maxmemory', '0')
    client.disconnect()
    await add(state, 2)
    t.deepEqual(await state.multiGet(['a']), [2])
  },
}

// One after the other: they wait for an answer for so long and no longer, and a thread that is busy hears it late.
const titles = Object.keys(SPECIFICATIONS)
if (HAS_REDIS) for (const title of titles) test.serial(title, (t) => SPECIFICATIONS[title]!(t))
else test(`redis-server is not installed: ${titles.length} tests left out`, (t) => t.pass())

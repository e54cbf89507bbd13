import test from 'ava'
import type { DrpcWorkerMessage, RequestReport } from '../../lib/drpc/protocol/messages.ts'
import { type Connect, InvocationsClient } from '../../lib/drpc/worker/invocations-client.ts'
import { TyphoonError } from '../../lib/index.ts'

/** A server that fails the first calls that it gets. */
function failing(times: number) {
  const seen = { connections: 0, calls: [] as RequestReport[] }
  const connect: Connect = async () => {
    seen.connections++
    return {
      send() {},
      async call(verdict) {
        seen.calls.push(verdict)
        if (seen.calls.length <= times) throw new TyphoonError('DRPC_UNREACHABLE', `call ${seen.calls.length} is lost`)
      },
      close() {},
    }
  }
  return { seen, client: new InvocationsClient(connect) }
}

test('a failure that cannot be told is tried three times in all, over two new connections', async (t) => {
  const { seen, client } = failing(Number.POSITIVE_INFINITY)
  await t.throwsAsync(client.fail('1', 'why'), { code: 'DRPC_UNREACHABLE', message: 'call 3 is lost' })
  t.is(seen.calls.length, 3)
  t.is(seen.connections - 1, 2)
})

test('a failure that is told at the second attempt needs one new connection, and no third attempt', async (t) => {
  const { seen, client } = failing(1)
  await client.fail('1', 'why')
  t.deepEqual(seen.calls, [
    { type: 'fail', id: '1', reason: 'why' },
    { type: 'fail', id: '1', reason: 'why' },
  ])
  t.is(seen.connections - 1, 1)
})

test('results are told by the same rule', async (t) => {
  const { seen, client } = failing(2)
  await client.result('7', 'seven')
  t.is(seen.calls.length, 3)
  t.deepEqual(seen.calls[2], { type: 'result', id: '7', result: 'seven' })
})

test('a server that refuses the connection costs attempts, too', async (t) => {
  let dialed = 0
  const client = new InvocationsClient(async () => {
    dialed++
    throw new TyphoonError('DRPC_UNREACHABLE', 'nobody is there')
  })
  await t.throwsAsync(client.result('1', ''), { message: 'nobody is there' })
  t.is(dialed, 3)
})

/** A server that can be played by hand. */
function played() {
  const sent: DrpcWorkerMessage[] = []
  const news: (() => void)[] = []
  const server = { sent, connections: 0, give: (_id: string) => {}, hangUp: () => {} }
  const connect: Connect = async (onRequest, onClose) => {
    server.connections++
    server.give = (id) => onRequest({ type: 'request', feed: 1, id, function: 'f', args: id, attempt: 1 })
    server.hangUp = onClose
    return {
      send(message) {
        sent.push(message)
        for (const wake of news.splice(0)) wake()
      },
      call: () => Promise.resolve(),
      close() {},
    }
  }
  const next = async (count: number): Promise<void> => {
    while (sent.length < count) await new Promise<void>((resolve) => news.push(resolve))
  }
  return { server, next, client: new InvocationsClient(connect).use() }
}

test('a feed takes what has come, in its order, and asks for more when half of it is taken', async (t) => {
  const { server, next, client } = played()
  let told = 0
  const feed = client.feed('f', 'holder', () => void told++)
  await next(1)
  t.deepEqual(server.sent, [{ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 64 }])
  t.is(feed.take(), undefined)
  for (let n = 1; n <= 40; n++) server.give(String(n))
  t.is(told, 40)
  const taken = Array.from({ length: 40 }, () => feed.take()!.args)
  t.deepEqual(taken.slice(0, 3), ['1', '2', '3'])
  await next(2)
  t.deepEqual(server.sent.slice(1), [{ type: 'room', feed: 1, room: 32 }])
  client.release()
})

test('a feed that pauses gives back what was not taken, and what comes meanwhile', async (t) => {
  const { server, next, client } = played()
  const feed = client.feed('f', 'holder', () => {})
  await next(1)
  server.give('a')
  feed.pause()
  server.give('b')
  feed.resume()
  await next(5)
  t.deepEqual(server.sent.slice(1), [
    { type: 'pause', feed: 1 },
    { type: 'untouched', id: 'a', attempt: 1 },
    { type: 'untouched', id: 'b', attempt: 1 },
    { type: 'room', feed: 1, room: 64 },
  ])
  t.is(feed.take(), undefined)
  client.release()
})

test('when the connection breaks, what was not taken is forgotten, and the feed is opened on a new one', async (t) => {
  const { server, next, client } = played()
  const feed = client.feed('f', 'holder', () => {})
  await next(1)
  server.give('a')
  server.hangUp()
  t.is(feed.take(), undefined)
  await next(2)
  t.is(server.connections, 2)
  t.deepEqual(server.sent[1], { type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 64 })
  server.give('b')
  t.is(feed.take()?.args, 'b')
  client.release()
})

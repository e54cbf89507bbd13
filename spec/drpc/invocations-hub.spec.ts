import test from 'ava'
import { readClientMessage, readDrpcWorkerMessage, type ServerMessage } from '../../lib/drpc/protocol/messages.ts'
import { DrpcServer } from '../../lib/drpc/server/drpc-server.ts'
import { InvocationsHub } from '../../lib/drpc/server/invocations-hub.ts'
import { SimulatedClock } from '../../lib/testing/index.ts'

function hub() {
  const server = new DrpcServer({ clock: new SimulatedClock(), timeoutMs: 1000, queueSize: 100 })
  const shared = new InvocationsHub(server)
  const worker = () => {
    const got: ServerMessage[] = []
    return { got, link: shared.connect((message) => got.push(message)) }
  }
  return {
    server,
    worker,
    args: (got: readonly ServerMessage[]) => got.map((message) => 'args' in message && message.args),
  }
}

test('requests go to the workers in turn, and to none that has no room', (t) => {
  const { server, worker, args } = hub()
  const [first, second] = [worker(), worker()]
  first.link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 10 })
  second.link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 1 })
  for (const n of '12345') void server.execute('f', n)
  t.deepEqual(args(first.got), ['1', '3', '4', '5'])
  t.deepEqual(args(second.got), ['2'])
})

test('what waits is given out when a worker comes, and when one has room again', (t) => {
  const { server, worker, args } = hub()
  for (const n of '123') void server.execute('f', n)
  const { link, got } = worker()
  link.receive({ type: 'feed', feed: 4, function: 'f', holder: 'holder', room: 1 })
  t.deepEqual(args(got), ['1'])
  link.receive({ type: 'room', feed: 4, room: 5 })
  t.deepEqual(args(got), ['1', '2', '3'])
})

test('what a worker had when its connection broke goes to another, unless it was answered, by whomever', async (t) => {
  const { server, worker, args } = hub()
  const [dying, living] = [worker(), worker()]
  dying.link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 10 })
  const answers = ['1', '2'].map((n) => server.execute('f', n))
  living.link.receive({ type: 'result', call: 9, id: '1', result: 'one' })
  t.deepEqual(living.got, [{ type: 'done', call: 9 }])
  dying.link.lost()
  living.link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 10 })
  t.deepEqual(args(living.got.slice(1)), ['2'])
  living.link.receive({ type: 'result', call: 10, id: '2', result: 'two' })
  t.deepEqual(await Promise.all(answers), ['one', 'two'])
})

test('what was lost twice waits for the task that had it, and holds up nothing that others may have', (t) => {
  const { server, worker, args } = hub()
  const [first, other] = [worker(), worker()]
  const feed = { type: 'feed', feed: 1, function: 'f', room: 10 } as const
  first.link.receive({ ...feed, holder: 'a' })
  void server.execute('f', '1')
  const giveBack = { type: 'give back', call: 1, id: '1', loss: 'worker 2 lost' } as const
  first.link.receive({ ...giveBack, attempt: 1 })
  first.link.lost()
  other.link.receive({ ...feed, holder: 'b' })
  void server.execute('f', '2')
  t.deepEqual(args(other.got), ['2'])
  const reborn = worker()
  reborn.link.receive({ ...feed, holder: 'a' })
  t.deepEqual(args(reborn.got), ['1'])
})

test('a worker that pauses gets nothing', (t) => {
  const { server, worker } = hub()
  const { link, got } = worker()
  link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 10 })
  link.receive({ type: 'pause', feed: 1 })
  void server.execute('f', '1')
  t.deepEqual(got, [])
  t.is(server.waiting('f'), 1)
})

test('messages that make no sense are seen', (t) => {
  const { link } = hub().worker()
  t.false(link.receive({ type: 'room', feed: 1, room: 1 }))
  t.true(link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 1 }))
  t.false(link.receive({ type: 'feed', feed: 1, function: 'f', holder: 'holder', room: 1 }))
  const texts = [
    '',
    '{',
    '[]',
    '7',
    'null',
    '{"type":"toString"}',
    '{"type":"room","feed":1}',
    '{"type":"room","feed":-1,"room":1}',
  ]
  for (const text of [...texts, '{"type":"room","feed":1,"room":1e400}', '{"type":"fail","call":1,"id":1,"reason":""}'])
    t.is(readDrpcWorkerMessage(text), undefined, text)
  for (const text of [...texts, '{"id":1}', '{"id":{},"function":"f","args":""}', '{"id":1,"function":"f","args":2}'])
    t.is(readClientMessage(text), undefined, text)
  t.deepEqual(readClientMessage('{"id":1,"function":"f","args":"x"}'), { id: 1, function: 'f', args: 'x' })
})

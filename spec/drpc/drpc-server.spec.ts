import test from 'ava'
import { DrpcServer, newHolder } from '../../lib/drpc/server/drpc-server.ts'
import { SimulatedClock } from '../../lib/testing/index.ts'

function serverWith(options: { timeoutMs?: number; queueSize?: number; functions?: readonly string[] } = {}) {
  const clock = new SimulatedClock()
  const server = new DrpcServer({ clock, timeoutMs: 1000, queueSize: 128, ...options })
  return { clock, server }
}

/** Keeps a rejection from being one that nobody handles. */
function settled(promise: Promise<string>): Promise<{ result?: string; code?: string; message?: string }> {
  return promise.then(
    (result) => ({ result }),
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  )
}

test('a request that nobody takes fails after its time-out, and is not in the queue any more', async (t) => {
  const { server, clock } = serverWith()
  const answer = settled(server.execute('testing', 'abc'))
  await clock.advance(999)
  t.is(server.waiting('testing'), 1)
  await clock.advance(1)
  t.like(await answer, { code: 'DRPC_TIMEOUT' })
  t.is(server.fetchRequest('testing'), undefined)
  t.is(server.pending, 0)
})

test('a request that was taken and is not answered fails after its time-out; what comes later is dropped and counted', async (t) => {
  const { server, clock } = serverWith()
  const answer = settled(server.execute('testing', 'abc'))
  const { id } = server.fetchRequest('testing')!
  await clock.advance(1000)
  t.is((await answer).code, 'DRPC_TIMEOUT')
  server.result(id, 'too late')
  server.failRequest(id, 'too late')
  t.is(server.late, 2)
})

test('failRequest fails the request with its reason', async (t) => {
  const { server } = serverWith()
  const answer = settled(server.execute('testing', 'abc'))
  const request = server.fetchRequest('testing')!
  t.deepEqual(request, { id: request.id, function: 'testing', args: 'abc', attempt: 1 })
  server.failRequest(request.id, 'no such word')
  t.deepEqual(await answer, { code: 'DRPC_FAILED', message: 'the request of "testing" failed: no such word' })
})

test('fetchRequest of a function that nobody has asked for gives nothing, at once', (t) => {
  const { server } = serverWith()
  t.is(server.fetchRequest('nothing'), undefined)
})

test('requests are fetched in their order, by function, and end with their results', async (t) => {
  const { server } = serverWith()
  const answers = ['a', 'b', 'c'].map((args) => server.execute(args === 'b' ? 'other' : 'testing', args))
  const first = server.fetchRequest('testing')!
  const second = server.fetchRequest('testing')!
  t.deepEqual([first.args, second.args], ['a', 'c'])
  t.is(server.fetchRequest('testing'), undefined)
  server.result(second.id, 'C')
  server.result(first.id, 'A')
  server.result(server.fetchRequest('other')!.id, 'B')
  t.deepEqual(await Promise.all(answers), ['A', 'B', 'C'])
  t.is(server.pending, 0)
})

test('ten thousand requests at once: as many as the queue holds wait, the others are refused, and later ones are answered', async (t) => {
  const { server } = serverWith({ queueSize: 128 })
  const answers = Array.from({ length: 10_000 }, (_, n) => settled(server.execute('testing', String(n))))
  t.is(server.waiting('testing'), 128)
  for (let request = server.fetchRequest('testing'); request; request = server.fetchRequest('testing'))
    server.result(request.id, request.args)
  const outcomes = await Promise.all(answers)
  t.deepEqual(
    outcomes.slice(0, 128).map(({ result }) => result),
    Array.from({ length: 128 }, (_, n) => String(n)),
  )
  t.true(outcomes.slice(128).every(({ code }) => code === 'DRPC_QUEUE_FULL'))
  const later = server.execute('testing', 'again')
  server.result(server.fetchRequest('testing')!.id, 'yes')
  t.is(await later, 'yes')
})

test('a full queue of one function refuses no request of another', async (t) => {
  const { server } = serverWith({ queueSize: 1 })
  void settled(server.execute('a', ''))
  t.like(await settled(server.execute('a', '')), { code: 'DRPC_QUEUE_FULL' })
  void settled(server.execute('b', ''))
  t.is(server.waiting('b'), 1)
})

test('what a lost holder had is given again, before all others, also where the queue is full', async (t) => {
  const { server } = serverWith({ queueSize: 2 })
  const [lost, kept] = [newHolder(), newHolder()]
  const answers = ['1', '2', '3', '4', '5'].slice(0, 2).map((args) => server.execute('f', args))
  t.is(server.fetchRequest('f', lost)!.args, '1')
  t.is(server.fetchRequest('f', kept)!.args, '2')
  answers.push(server.execute('f', '3'), server.execute('f', '4'))
  server.lose(lost)
  const fetched = [server.fetchRequest('f')!, server.fetchRequest('f')!, server.fetchRequest('f')!]
  t.deepEqual(
    fetched.map(({ args, attempt }) => [args, attempt]),
    [
      ['1', 2],
      ['3', 1],
      ['4', 1],
    ],
  )
  for (const { id } of fetched) server.result(id, id)
  server.result('2', '2')
  t.deepEqual(await Promise.all(answers), ['1', '2', '3', '4'])
})

test('a request that workers are lost with is given again as often as its time allows; then it says so', async (t) => {
  const { server, clock } = serverWith()
  const answer = settled(server.execute('f', 'x'))
  for (let attempt = 1; attempt <= 10; attempt++) {
    const holder = newHolder()
    t.is(server.fetchRequest('f', holder)?.attempt, attempt)
    if (attempt % 2 === 0) server.lose(holder)
    else server.giveBack('1', attempt, `worker ${attempt} lost`)
  }
  await clock.advance(1000)
  t.like(await answer, { code: 'DRPC_TIMEOUT' })
  t.regex((await answer).message!, /: 10 attempts .*connection broke.* no task/)
  t.is(server.waiting('f'), 0)
})

test('a request that was lost twice goes to the task that had it last, and to no other', (t) => {
  const { server } = serverWith()
  void settled(server.execute('f', '1'))
  void settled(server.execute('f', '2'))
  const lose = (task: string) => {
    const { id, attempt } = server.fetchRequest('f', undefined, task)!
    server.giveBack(id, attempt, 'worker 1 lost')
    return id
  }
  t.deepEqual([lose('a'), lose('b')], ['1', '1'])
  t.is(server.fetchRequest('f', undefined, 'c')?.id, '2')
  t.is(server.fetchRequest('f', undefined, 'c'), undefined)
  t.is(server.waiting('f'), 1)
  t.like(server.fetchRequest('f', undefined, 'b'), { id: '1', attempt: 3 })
})

test('a request that is given back untouched has cost no attempt', (t) => {
  const { server } = serverWith()
  void settled(server.execute('f', 'x'))
  for (let turn = 0; turn < 5; turn++) {
    const { id, attempt } = server.fetchRequest('f')!
    t.is(attempt, 1)
    server.untouched(id, attempt)
  }
  t.is(server.waiting('f'), 1)
})

test('an attempt that was given away since cannot be given back', (t) => {
  const { server } = serverWith()
  void settled(server.execute('f', 'x'))
  const first = server.fetchRequest('f')!
  server.giveBack(first.id, first.attempt, 'worker 1 lost')
  server.fetchRequest('f')
  server.giveBack(first.id, first.attempt, 'worker 1 lost')
  t.is(server.waiting('f'), 0)
})

test('of two attempts at a request the first answer counts', async (t) => {
  const { server } = serverWith()
  const answer = server.execute('f', 'x')
  const { id, attempt } = server.fetchRequest('f')!
  server.giveBack(id, attempt, 'worker 1 lost')
  server.fetchRequest('f')
  server.result(id, 'of the first')
  server.result(id, 'of the second')
  t.is(await answer, 'of the first')
  t.is(server.late, 1)
})

test('the end of the server ends every request with DRPC_SHUTDOWN, and refuses new ones', async (t) => {
  const { server } = serverWith()
  const answers = [settled(server.execute('f', '1')), settled(server.execute('f', '2'))]
  server.fetchRequest('f')
  server.shutdown()
  answers.push(settled(server.execute('f', '3')))
  t.deepEqual(
    (await Promise.all(answers)).map(({ code }) => code),
    ['DRPC_SHUTDOWN', 'DRPC_SHUTDOWN', 'DRPC_SHUTDOWN'],
  )
})

test('a server that drains still takes the answers to what was given away', async (t) => {
  const { server } = serverWith()
  const [given, waiting] = [settled(server.execute('f', '1')), settled(server.execute('f', '2'))]
  const { id } = server.fetchRequest('f')!
  server.drain()
  t.like(await waiting, { code: 'DRPC_SHUTDOWN' })
  server.result(id, 'done')
  t.deepEqual(await given, { result: 'done' })
})

test('a function that is not served is refused, with what was probably meant', async (t) => {
  const { server } = serverWith({ functions: ['words', 'reach'] })
  await t.throwsAsync(server.execute('wods', ''), { code: 'DRPC_BAD_REQUEST' })
  t.true(server.serves('words'))
})

test('a request that is taken back is in no queue, and nobody hears of it', async (t) => {
  const { server, clock } = serverWith()
  let calls = 0
  const takeBack = server.begin('f', 'x', () => calls++)
  takeBack()
  await clock.advance(2000)
  t.is(server.fetchRequest('f'), undefined)
  t.is(calls, 0)
})

test('a result over the limit fails its request', async (t) => {
  const { server } = serverWith()
  const answer = settled(server.execute('f', ''))
  server.result(server.fetchRequest('f')!.id, 'x'.repeat(16 * 1024 * 1024 + 1))
  t.is((await answer).code, 'DRPC_FAILED')
})

test('the arguments of a function are a text', async (t) => {
  const { server } = serverWith()
  t.like(await settled(server.execute('testing', 7 as unknown as string)), { code: 'DRPC_BAD_REQUEST' })
  t.is(server.pending, 0)
})

/** What the spouts of every language must do. */
import { ask, type Case, emitted, endsQuietly, said } from './play.ts'

/** Asks until so many were emitted, and once more. @returns the message ids by first value */
async function askFor(session: Parameters<Case['play']>[1], count: number): Promise<Map<unknown, unknown>> {
  for (let asked = 0; asked < 3 * count && session.laws.emits < count; asked++) await ask(session, 'next')
  return new Map(said(session, 'emit').map((message) => [(message['tuple'] as unknown[])[0], message['id']]))
}

function isExhausted(messages: readonly { readonly command?: unknown }[]): boolean {
  return messages.some(({ command }) => command === 'exhausted')
}

/** All of them. */
export const SPOUTS: readonly Case[] = [
  {
    component: 'count',
    kind: 'spout',
    title: 'emits tuples with message ids, and what fails once more, until all are acked',
    config: { count: 3 },
    async play(t, session) {
      await session.up()
      await ask(session, 'activate')
      const ids = await askFor(session, 3)
      t.deepEqual(emitted(session), [[1], [2], [3]])
      t.is(new Set(ids.values()).size, 3)
      await ask(session, 'ack', ids.get(1))
      await ask(session, 'fail', ids.get(2))
      await askFor(session, 4)
      t.deepEqual(emitted(session).slice(3), [[2]])
      await ask(session, 'ack', said(session, 'emit')[3]!['id'])
      await ask(session, 'ack', ids.get(3))
      await ask(session, 'next')
      t.is(session.laws.emits, 4)
    },
  },
  {
    component: 'count',
    kind: 'spout',
    title: 'says on each next that it is exhausted, until something fails',
    config: { count: 2 },
    async play(t, session) {
      await session.up()
      await ask(session, 'activate')
      const ids = await askFor(session, 2)
      t.false(isExhausted(session.messages.slice(0, -2)), 'not while there is more')
      t.true(isExhausted(await ask(session, 'next')))
      t.true(isExhausted(await ask(session, 'next')))
      await ask(session, 'fail', ids.get(1))
      const afterFail = await ask(session, 'next')
      t.deepEqual(
        afterFail.filter(({ command }) => command === 'emit').map((message) => message['tuple']),
        [[1]],
      )
      t.true(isExhausted(await ask(session, 'next')))
    },
  },
  {
    component: 'count',
    kind: 'spout',
    title: 'does not tell Storm that it is exhausted',
    config: { count: 1 },
    isStorm: true,
    async play(t, session) {
      await session.up()
      await ask(session, 'activate')
      await askFor(session, 1)
      t.deepEqual(await ask(session, 'next'), [])
      t.deepEqual(await ask(session, 'next'), [])
      t.false(isExhausted(session.messages))
    },
  },
  {
    component: 'classic-spout',
    kind: 'spout',
    title: 'gets its message ids back as numbers, 0 too',
    async play(t, session) {
      await session.up()
      await ask(session, 'activate')
      for (let asked = 0; asked < 5; asked++) await ask(session, 'next')
      t.deepEqual(
        said(session, 'emit').map((message) => [message['id'], message['tuple']]),
        [
          [0, [0]],
          [1, [1]],
          [2, [2]],
        ],
      )
      const logs = [...(await ask(session, 'ack', 0)), ...(await ask(session, 'fail', 1))]
      t.deepEqual(
        logs.map((message) => [message.command, message['msg']]),
        [
          ['log', 'acked 0'],
          ['log', 'failed 1'],
        ],
      )
    },
  },
  {
    component: 'string-ids',
    kind: 'spout',
    title: 'gets a message id that is a text back as a text',
    async play(t, session) {
      await session.up()
      await ask(session, 'activate')
      await ask(session, 'next')
      t.is(said(session, 'emit')[0]?.['id'], 'a-0')
      t.deepEqual(
        (await ask(session, 'ack', 'a-0')).map((message) => message['msg']),
        ['acked a-0'],
      )
    },
  },
  {
    component: 'count',
    kind: 'spout',
    title: 'ends quietly when its stdin is closed',
    async play(t, session) {
      await session.up()
      await ask(session, 'activate')
      await ask(session, 'next')
      await endsQuietly(t, session)
    },
  },
]

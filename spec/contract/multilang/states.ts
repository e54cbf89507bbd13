/** What the bolts of every language must do that keep states through their parent. */
import { type Case, emitted, said, sendAll, settled } from './play.ts'

/** All of them. */
export const STATES: readonly Case[] = [
  {
    component: 'states',
    kind: 'bolt',
    title: 'keeps what it puts with its parent, asks for several keys at once, and takes keys away',
    async play(t, session) {
      await session.up()
      const ids = await sendAll(session, ['be', 2], ['to', 1], ['be', 3], ['be', 0], ['be', 4])
      t.deepEqual(
        emitted(session),
        [
          [2, 'none'],
          [1, 2],
          [5, 1],
          ['none', 1],
          [4, 1],
        ].map((values) => [values]),
      )
      t.deepEqual(
        settled(session),
        ids.map((id) => `ack ${id}`),
      )
      t.deepEqual(
        said(session, 'state_put').map(({ state, put = [], delete: gone = [] }) => [state, put, gone]),
        [
          ['sums', [['be', 2]], []],
          ['sums', [['to', 1]], []],
          ['sums', [['be', 5]], []],
          ['sums', [], ['be']],
          ['sums', [['be', 4]], []],
        ],
      )
    },
  },
]

import { resolve } from 'node:path'
import test from 'ava'
import { topmostUserPlace, userPlaces } from '../../lib/errors/user-places.ts'

test("places of Node.js's own modules are none of the user's", (t) => {
  const stack = [
    'at process.exit (node:internal/process/per_thread:188:13)',
    'at SplitBolt.execute (file:///srv/app/split.ts:9:5)',
    'at /srv/app/words.ts:3:7',
  ]
  t.deepEqual(
    [...userPlaces(stack.join('\n'))],
    [
      { file: '/srv/app/split.ts', line: 9, column: 5 },
      { file: '/srv/app/words.ts', line: 3, column: 7 },
    ],
  )
})

test("Typhoon's own modules are none of the user's, and a folder beside them is, whatever it is called", (t) => {
  const lib = resolve(import.meta.dirname, '..', '..', 'lib')
  t.deepEqual(
    [...userPlaces(`at f (${lib}/worker/worker.js:3:7)\nat g (${lib}-of-mine/split.ts:9:5)`)],
    [{ file: `${lib}-of-mine/split.ts`, line: 9, column: 5 }],
  )
})

test('what a component of a package throws has the place in the package, and what a library of ours throws has none', (t) => {
  const lib = resolve(import.meta.dirname, '..', '..', 'lib')
  const thrown = 'at Parse.execute (/srv/app/node_modules/log-parts/parse.js:9:5)'
  const host = `at HostedBolt.execute (file://${lib}/topology/component/hosting/hosted-bolt.js:25:27)`
  t.deepEqual(topmostUserPlace(`    ${thrown}\n    ${host}`), {
    file: '/srv/app/node_modules/log-parts/parse.js',
    line: 9,
    column: 5,
  })
  t.is(topmostUserPlace(`    ${thrown}\n    at dial (file://${lib}/net/websocket.js:3:7)`), undefined)
  t.like(topmostUserPlace(`    ${thrown}\n    at f (/srv/app/own.ts:3:7)\n    ${host}`), { file: '/srv/app/own.ts' })
})

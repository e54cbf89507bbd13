import test from 'ava'
import { userPlaces } from '../../lib/errors/user-places.ts'

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

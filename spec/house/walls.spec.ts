/** That what checks the walls of the house sees a broken one. */
import test from 'ava'
import { source } from './sources.ts'
import {
  circles,
  circlesOfFiles,
  forbiddenImports,
  impurities,
  longFiles,
  longFunctions,
  reservedLiterals,
  undocumented,
} from './walls.ts'

const SYSTEM_IDS = 'lib/tuple/system-ids.ts'

test('a wall that is broken is seen', (t) => {
  const broken = [
    source(
      'lib/acker/a.ts',
      "/** Law. */\nimport { x } from '../executor/task/x.ts'\nexport * from 'node:fs'\nconst now = Date.now() // Date.now\n",
    ),
    source(
      'lib/executor/task/x.ts',
      "import type {\n  A,\n} from '../../acker/a.ts'\nconst s = `${setTimeout} '__tick'`\nexport class X {}\n",
    ),
  ]
  t.deepEqual(forbiddenImports(broken), [
    'lib/acker/a.ts imports ../executor/task/x.ts',
    'lib/acker/a.ts imports node:fs',
  ])
  t.deepEqual(circles(broken), ['acker → executor → acker', 'acker → executor/task → acker'])
  t.is(circlesOfFiles(broken).length, 1)
  const round = (word: string): string[] =>
    circlesOfFiles([
      source('lib/acker/a.ts', "import { B } from './b.ts'\n"),
      source('lib/acker/b.ts', `${word} { A } from './a.ts'\n`),
    ])
  t.deepEqual([round('import type'), round('import')], [[], ['lib/acker/a.ts → lib/acker/b.ts → lib/acker/a.ts']])
  const inner = [
    source('lib/trident/model/a.ts', "import { x } from '../plan/b.ts'\n"),
    source('lib/trident/plan/b.ts', "import { x } from '../../drpc/c.ts'\n"),
    source('lib/drpc/c.ts', "import { x } from '../trident/model/d.ts'\n"),
  ]
  t.deepEqual(forbiddenImports(inner).slice(0, 1), ['lib/trident/model/a.ts imports ../plan/b.ts'])
  t.deepEqual(circles(inner), ['drpc → trident → drpc', 'drpc → trident/model → trident/plan → drpc'])
  t.deepEqual(impurities(broken), [
    'lib/acker/a.ts:4: const now = Date.now()',
    'lib/executor/task/x.ts:4: const s = `${setTimeout}',
  ])
  t.deepEqual(
    undocumented(broken, () => false),
    ['lib/executor/task/x.ts:5: X'],
  )
  const name = ['__', 'tick'].join('')
  t.deepEqual(reservedLiterals([source('lib/a.ts', `const a = '${name}' // '${name}'`)], SYSTEM_IDS), [
    `lib/a.ts has the reserved name ${name}`,
  ])
  const long = source(
    'lib/a.ts',
    `function f(): void {\n${'  x()\n'.repeat(69)}}\nconst table = {\n${'  x,\n'.repeat(400)}}\n`,
  )
  t.deepEqual(longFunctions([long]), ['lib/a.ts:1 has 71 lines'])
  t.deepEqual(longFiles([long]), ['lib/a.ts has 473 lines'])
})

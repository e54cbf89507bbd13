/**
 * The blocks of all documents, run as a reader would; `house/run-blocks.ts` has the rules for them. The README of each
 * library in multilang/ is tried by the specification of that library in spec/children.
 */
import test from 'ava'
import { compileAll, runSteps, stepsOf } from '../house/run-blocks.ts'
import { filesIn, read } from '../house/sources.ts'

const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...filesIn('docs', '.md')]
const runs = (document: string): boolean => stepsOf(read(document)).steps.some(({ kind }) => kind === 'run')

test('every block of a document is run, or is a part of something', (t) => {
  t.deepEqual(
    DOCUMENTS.flatMap((document) => stepsOf(read(document)).problems.map((problem) => `${document}, ${problem}`)),
    [],
  )
  t.true(DOCUMENTS.filter(runs).length >= 6, 'nothing is run')
})

for (const document of DOCUMENTS.filter(runs)) {
  test(`the blocks of ${document} run`, async (t) => {
    t.timeout(300_000)
    t.deepEqual(await runSteps(stepsOf(read(document)).steps), [])
  })
}

test('all blocks in TypeScript compile as the README says', async (t) => {
  const steps = DOCUMENTS.map((document) => [document.replace('.md', ''), stepsOf(read(document)).steps] as const)
  t.deepEqual(await compileAll(new Map(steps)), [])
})

test('a block that fails, or that nothing tries, is seen', async (t) => {
  const markdown = [
    '```js',
    '// a.js',
    'process.exit(2)',
    '```',
    '```sh',
    '$ node a.js',
    'node a.js  # exit 2',
    '```',
    '```yaml',
    'a: 1',
    '```',
    '```ts',
    '// b.ts',
    '```',
  ]
  const { steps, problems } = stepsOf(`${markdown.join('\n')}\n`)
  t.deepEqual(problems, ['line 9: a block of yaml names no file and is no fragment', 'line 12: nothing uses b.ts'])
  const typed = stepsOf('```ts\n// b.ts\nexport const one: string = 1\n```\n').steps
  const [tsconfig] = stepsOf('```json\n// tsconfig.json\n{ "compilerOptions": { "noEmit": true } }\n```\n').steps
  t.regex((await compileAll(new Map([['doc', [...typed, tsconfig!]]]))).join(), /doc\/b\.ts.*TS2322/)
  t.deepEqual(await runSteps(steps), ['line 5: `node a.js` ended with exit code 2, not 0:\n'])
})

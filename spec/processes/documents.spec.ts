/** The blocks of the documents, run as a reader would. How they are written stands in `house/run-blocks.ts`. */
import test from 'ava'
import { compiled, runSteps, stepsOf, writing } from '../house/run-blocks.ts'
import { read } from '../house/sources.ts'

const RUN = ['README.md', ...['guide', 'annexes', 'trident', 'drpc', 'testing'].map((name) => `docs/${name}.md`)]

for (const document of RUN) {
  test.serial(`the blocks of ${document} run, and those in TypeScript compile as the README says`, async (t) => {
    t.timeout(300_000)
    const { steps, problems } = stepsOf(read(document))
    t.deepEqual(problems, [])
    t.true(
      steps.some(({ kind }) => kind === 'run'),
      'nothing is run',
    )
    const tsconfig = writing('tsconfig.json', stepsOf(read('README.md')).steps)
    t.deepEqual(await runSteps(compiled(steps, tsconfig)), [])
  })
}

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
  t.deepEqual(await runSteps(steps), ['line 5: `node a.js` ended with exit code 2, not 0:\n'])
})

/** Tuple trees of a topology of a service, which runs in processes. */
import { writeFileSync } from 'node:fs'
import test from 'ava'
import { misfit } from '../../lib/api/schema.ts'
import { SCHEMAS } from '../../lib/api/schemas.ts'
import { codesOf, reportOf } from './cli.ts'
import { begun, ended, output } from './service-of-words.ts'

test.serial('the tree of one tuple is shown, with its workers, while others come and go', async (t) => {
  const { ask, submit, output: path, input } = await begun(t, { guarantee: 'at-least-once' })
  ended(t, await submit(), 0)
  await output(path, 5)
  const next = ask('trace', 'words', '--next', '--json')
  let isShown = false
  void next.finally(() => (isShown = true))
  for (let words = 5; !isShown; await output(path, (words += 2))) writeFileSync(input, 'once more\n', { flag: 'a' })
  const trace = reportOf(await next)
  t.is(misfit(trace, SCHEMAS['Trace']!, SCHEMAS), undefined)
  t.like(trace, { component: 'lines', state: 'acked', isPartial: false, missing: [] })
  t.like(trace.tuples[0], {
    component: 'split',
    state: 'acked',
    children: [{ component: 'sink' }, { component: 'sink' }],
  })
  t.deepEqual(codesOf(await ask('trace', 'words', '--root', '0123456789abcdef')), ['ROOT_UNKNOWN'])
  const tracing = reportOf(await ask('trace', 'words', '--sample', '100%', '--json'))
  t.is(misfit(tracing, SCHEMAS['Tracing']!, SCHEMAS), undefined)
  t.deepEqual(tracing, { sample: 1, failed: [] })
  ended(t, await ask('trace', 'words', '--failed'), 0)
})

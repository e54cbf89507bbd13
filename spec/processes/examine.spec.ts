/** What the code of a topology does while it is loaded for a service: nothing of it reaches the service. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { fateOf, processOf } from '../../lib/identity/process-identity.ts'
import { examine } from '../../lib/nimbus/code/examine.ts'
import { folderOf } from '../folder.ts'

const TOPOLOGY = `
name: small
spouts: [{ id: numbers, className: SequenceSpout, constructorArgs: [3] }]
bolts: [{ id: own, className: './own.mjs#Own' }]
streams: [{ from: numbers, to: own, grouping: { type: SHUFFLE } }]
`
const OWN = 'export class Own { execute() {} }'

/** Loads a topology whose module does this first. */
function loading(t: ExecutionContext, code: string) {
  const folder = folderOf(t, { 'small.yaml': TOPOLOGY, 'own.mjs': `${code}\n${OWN}` })
  const source = { file: join(folder, 'small.yaml'), variables: {}, config: {} }
  return { folder, examined: examine(source, folder) }
}

test('a topology is known as plain data, whatever its code prints', async (t) => {
  const { examined } = loading(t, `console.log('x'.repeat(1e6)); console.error('y'.repeat(1e6))`)
  const { topology, isReplayable } = await examined
  t.deepEqual([topology.name, Object.keys(topology.components), isReplayable], ['small', ['numbers', 'own'], true])
})

test('code that ends its process is an error that says how', async (t) => {
  await t.throwsAsync(loading(t, 'process.exit(7)').examined, { code: 'MODULE_FAILED', message: /exit code 7/ })
})

for (const [what, answer, code] of [
  ['nothing that makes sense', 'nonsense', 'MODULE_FAILED'],
  ['a topology without components', '{"topology":{},"isReplayable":true,"warnings":[]}', 'MODULE_FAILED'],
  [
    'a topology that cannot run',
    '{"topology":{"name":"a/b","config":{},"components":{}},"isReplayable":true,"warnings":[]}',
    'BAD_NAME',
  ],
] as const)
  test(`code that answers in the place of the loader with ${what} is refused`, async (t) => {
    const module = `import { writeSync } from 'node:fs'\nwriteSync(3, ${JSON.stringify(answer)}); process.exit(0)`
    await t.throwsAsync(loading(t, module).examined, { code })
  })

test('a process that the code leaves behind holds nobody up, though it holds what is printed to', async (t) => {
  const { folder, examined } = loading(
    t,
    `import { spawn } from 'node:child_process'
     import { writeFileSync } from 'node:fs'
     const left = spawn('sleep', ['900'], { detached: true, stdio: ['ignore', 'ignore', 'inherit'] })
     writeFileSync(new URL('left', import.meta.url), String(left.pid))
     left.unref()`,
  )
  await examined
  const pid = Number(readFileSync(join(folder, 'left'), 'utf8'))
  t.is(fateOf(processOf(pid)), 'alive')
  process.kill(pid, 'SIGKILL')
})

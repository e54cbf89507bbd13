/** What `npm create typhoon` begins, from packed archives: each project's test passes, and it runs. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { folderOf, sharedFolder } from '../folder.ts'

const ROOT = join(import.meta.dirname, '../../..')
const CREATE = join(ROOT, 'packages/create-typhoon')
const run = promisify(execFile)
const folder = sharedFolder()

/** What the packages are unpacked to: as npm installs them, with the dependencies of Typhoon beside it. */
const installed: Promise<string> = (async () => {
  const modules = join(folder, 'node_modules')
  for (const [name, from] of [
    ['typhoon', ROOT],
    ['create-typhoon', CREATE],
  ] as const) {
    const args = ['pack', from, '--ignore-scripts', '--json', '--pack-destination', folder]
    const [{ filename }] = JSON.parse((await run('npm', args, { cwd: folder })).stdout) as [{ filename: string }]
    mkdirSync(join(modules, name), { recursive: true })
    await run('tar', ['-xzf', join(folder, filename), '-C', join(modules, name), '--strip-components=1'])
  }
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((one) => !one.startsWith('.')))
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  mkdirSync(join(modules, '.bin'))
  chmodSync(join(modules, 'typhoon/dist/bin/typhoon.js'), 0o755) // as npm does
  symlinkSync('../typhoon/dist/bin/typhoon.js', join(modules, '.bin/typhoon'))
  symlinkSync('../typescript/bin/tsc', join(modules, '.bin/tsc'))
  return modules
})()

async function create(...args: readonly string[]) {
  const command = join(await installed, 'create-typhoon/create.mjs')
  return run(process.execPath, [command, ...args], { cwd: folder }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  )
}

for (const template of readdirSync(join(CREATE, 'templates'))) {
  test.serial(`a project in ${template} passes its test, and runs`, async (t) => {
    const name = `my-${template}`
    t.is((await create(name, '--template', template)).code, 0)
    const project = join(folder, name)
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    t.deepEqual([manifest.name, manifest.dependencies.typhoon], [name, `^${version}`])
    t.true(readdirSync(project).includes('.gitignore'))
    // Not one of the runner of this specification.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const npm = (...args: readonly string[]) => run('npm', args, { cwd: project, env })
    t.regex((await npm('test')).stdout, /^(?:#|ℹ) pass 1$/m)
    if ('check' in manifest.scripts) await npm('run', 'check')
    const { stderr } = await npm('start')
    t.regex(stderr, /^ *split +|words/m)
  })
}

test('what a project is not made for is said, and nothing is touched', async (t) => {
  const taken = folderOf(t, { 'notes.txt': 'mine' })
  t.is((await create(taken)).code, 2)
  t.deepEqual(readdirSync(taken), ['notes.txt'])
  t.is((await create('x', '--template', 'constructor')).code, 2)
  t.is((await create('x', 'y')).code, 2)
  t.is((await create('--nonsense')).code, 2)
  t.regex((await create('--help')).stdout, /exactly-once/)
})

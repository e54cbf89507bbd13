/** Mistakes in a file of the user's are shown in their line, with what was probably meant. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { FluxOptions } from '../../lib/flux/flux-options.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { folderOf } from '../folder.ts'

/** A folder outside of the project, where `typhoon` is installed; with these files. */
async function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = folderOf(t)
  await mkdir(join(root, 'node_modules'))
  await symlink(process.cwd(), join(root, 'node_modules', 'typhoon'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)
  return root
}

async function failure(t: ExecutionContext, file: string, options?: FluxOptions): Promise<TyphoonError> {
  return (await t.throwsAsync<TyphoonError>(loadTopology(file, options)))!
}

const WORDS = `import { TopologyBuilder } from 'typhoon'
import { RandomSentenceSpout } from 'typhoon/components'

const builder = new TopologyBuilder('words')
builder.setSpout('words', () => new RandomSentenceSpout(1), 0)
export default builder.createTopology()
`

test('an import that leads nowhere is shown where it stands, with what to do', async (t) => {
  const root = await folder(t, {
    'package.ts': "import 'typhoon'\nimport x from 'lodahs/part'\nexport default x\n",
    'file.ts': "\nimport { x } from './partz.ts'\nexport default x\n",
    'parts.ts': 'export const x = 1\n',
  })
  for (const [name, hint] of [
    ['package.ts', /install lodahs/],
    ['file.ts', /"parts\.ts"/],
  ] as const) {
    const { code, where, hint: given } = await failure(t, join(root, name))
    t.is(code, 'MODULE_FAILED')
    t.deepEqual([where.file, where.line], [join(root, name), 2])
    t.regex(given ?? '', hint)
  }
})

test('a topology that is written as an ES module where Node.js takes it for none is told what to do', async (t) => {
  const root = await folder(t, { 'package.json': '{"type":"commonjs"}', 'a.js': "import 'typhoon'\n" })
  const { code, hint } = await failure(t, join(root, 'a.js'))
  t.is(code, 'MODULE_FAILED')
  t.regex(hint ?? '', /\.mjs/)
})

test('a mistake in a builder is shown in its line', async (t) => {
  const root = await folder(t, {
    'words.ts': WORDS,
  })
  const { code, where } = await failure(t, join(root, 'words.ts'))
  t.is(code, 'BAD_PARALLELISM')
  t.deepEqual([where.file, where.line], [join(root, 'words.ts'), 5])
  t.regex(where.source ?? '', /^builder\.setSpout/)
})

test('a variable that was set under a misspelt name is told by that name', async (t) => {
  const root = await folder(t, { 'a.yaml': 'name: ${topic}\nspouts: []\n' })
  const { problems } = await failure(t, join(root, 'a.yaml'), { variables: { tpoic: 'x' } })
  const { code, where, hint } = problems.find((one) => one.code === 'UNKNOWN_VARIABLE')!
  t.deepEqual([code, where.line, where.column], ['UNKNOWN_VARIABLE', 1, 7])
  t.regex(hint ?? '', /--set tpoic .*--set topic=/)
})

/**
 * What the versions of Node.js say of a syntax error, each in its own form; here as they were written down, for a run
 * has only one of them.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { messageOfModule, whereThrown } from '../../lib/flux/modules/where-thrown.ts'
import { folderOf } from '../folder.ts'

async function fileOf(t: ExecutionContext, text: string): Promise<string> {
  const folder = folderOf(t)
  await writeFile(join(folder, 'a.ts'), text)
  return join(folder, 'a.ts')
}

function thrown(message: string, stack: string): Error {
  return Object.assign(new SyntaxError(message), { stack })
}

const FRAMES = '    at parseTypeScript (node:internal/modules/typescript:72:36)\n'

test('a line with carets, as Node.js has it where it strips types', async (t) => {
  const file = await fileOf(t, "import { x } from 'x'\n  const enum = 3\n")
  const url = pathToFileURL(file)
  const shown = `${url}:2\nimport { x } from 'x'\n  const enum = 3\n             ^\nexport default 1\n`
  const error = thrown(
    'Expected ident',
    `${shown}\nSyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expected ident\n${FRAMES}`,
  )
  t.deepEqual(await whereThrown(error, '/other.ts'), { file, line: 2, column: 14, source: '  const enum = 3' })
  t.is(messageOfModule(error), 'Expected ident')
})

test('tabs that were shown as blanks', async (t) => {
  const file = await fileOf(t, 'const a = {\n\tb: 1,\n\t\tc d\n}\n')
  const shown = `${pathToFileURL(file)}:3\n    b: 1,\n        c d\n          ^\n}\n`
  const { line, column } = await whereThrown(thrown('m', `${shown}\nSyntaxError: m\n${FRAMES}`), '/other.ts')
  t.deepEqual([line, column], [3, 5])
})

test('a link between modules that is broken, underlined from its first character', async (t) => {
  const file = await fileOf(t, "import { nope } from './b.mjs'\n")
  const shown = `${pathToFileURL(file)}:1\nimport { nope } from './b.mjs'\n         ^^^^\nSyntaxError: m\n`
  const { line, column } = await whereThrown(thrown('m', shown), '/other.ts')
  t.deepEqual([line, column], [1, 10])
})

test('a report without a caret has its line', async (t) => {
  const file = await fileOf(t, 'function f() {\n  return (\n')
  const { line, column } = await whereThrown(
    thrown('m', `${pathToFileURL(file)}:2\n  return (\n\nSyntaxError: m\n`),
    '/other.ts',
  )
  t.deepEqual([line, column], [2, undefined])
})

test('what is no error, or has no stack of text, has the file that was loaded', async (t) => {
  const file = await fileOf(t, 'foo\n')
  for (const error of [null, 'no', Object.assign(new Error('m'), { stack: 3 })])
    t.deepEqual(await whereThrown(error, file), { file })
})

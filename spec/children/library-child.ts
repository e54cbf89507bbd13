/**
 * Programs that use the library of a language, run as processes; and the README of a library, tried as its reader
 * would.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { BOUND_MS } from '../bound.ts'
import { folderOf } from '../folder.ts'
import { Child } from './child.ts'

/** How programs of a language are run. */
export interface Language {
  /** Of the folder of the library, and of blocks in its README. */
  readonly name: string
  /** The program that runs others. */
  readonly program: string
  /** Of its files. */
  readonly extension: string
  /** The variable of the environment that names folders of libraries. */
  readonly path: string
  /** Beside it. */
  readonly env?: Readonly<Record<string, string>>
}

export const PYTHON: Language = {
  name: 'python',
  program: 'python3',
  extension: 'py',
  path: 'PYTHONPATH',
  // As it is where nobody has set it up.
  env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '' },
}

export const JAVASCRIPT: Language = {
  name: 'javascript',
  program: process.execPath,
  extension: 'js',
  path: 'NODE_PATH',
}
export const RUBY: Language = { name: 'ruby', program: 'ruby', extension: 'rb', path: 'RUBYLIB' }

const libraryOf = (language: Language) => join(import.meta.dirname, '../../../multilang', language.name)

const environmentOf = (language: Language) => ({
  ...process.env,
  [language.path]: libraryOf(language),
  TYPHOON_SERIALIZER: '',
  ...language.env,
})

/**
 * What needs the language: `spec` gathers it, `register` hands it to ava, or counts what is left out where the language
 * is missing.
 */
export function specsFor(language: Language) {
  const specs = new Map<string, (t: ExecutionContext) => void | Promise<void>>()
  const register = (): void => {
    if (spawnSync(language.program, ['--version']).status === 0)
      for (const [title, body] of specs) test(`${language.name}: ${title}`, body)
    else test(`${language.name} is not installed: ${specs.size} tests left out`, (t) => t.pass())
  }
  return {
    spec: (title: string, body: (t: ExecutionContext) => void | Promise<void>) => void specs.set(title, body),
    register,
  }
}

/** Starts a program that is given as text, with further files beside it. */
export function start(
  t: ExecutionContext,
  language: Language,
  text: string,
  env: Record<string, string> = {},
  files: Record<string, string> = {},
): Child {
  const cwd = folderOf(t)
  const file = `component.${language.extension}`
  for (const [name, content] of Object.entries({ ...files, [file]: text })) writeFileSync(join(cwd, name), content)
  const child = new Child(
    spawn(language.program, [file], {
      cwd,
      env: { ...environmentOf(language), ...env },
      timeout: BOUND_MS,
      killSignal: 'SIGKILL',
    }),
  )
  t.teardown(() => child.process.kill('SIGKILL'))
  return child
}

/**
 * Writes the files of a README (blocks of the language whose first line names one), runs the commands of its `console`
 * blocks (`$ …`), and compares what they print with what stands below them, but for the numbers and folders in traces.
 * Every file must be in a command.
 */
export function tryReadme(t: ExecutionContext, language: Language): void {
  const folder = folderOf(t)
  const readme = readFileSync(join(libraryOf(language), 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, info, text]) => ({
    info: info!,
    text: text!,
  }))
  const commands = blocks.flatMap(({ info, text }) => (info === 'console' ? text.split(/^\$ /m).slice(1) : []))
  for (const { text } of blocks.filter(({ info }) => ['js', 'ruby', 'python'].includes(info))) {
    const name = /^(?:#|\/\/) ([\w./-]+)\n/.exec(text)?.[1]
    if (name === undefined) {
      t.fail(`a block names no file: ${text}`)
      continue
    }
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text.slice(text.indexOf('\n') + 1))
    t.true(commands.join('\n').includes(name.replace(/\.\w+$/, '')), `it is run: ${name}`)
  }
  t.true(commands.length > 0)
  for (const shown of commands) {
    const end = shown.indexOf('\n')
    const command = shown.slice(0, end)
    const options = { cwd: folder, env: environmentOf(language), encoding: 'utf8', timeout: BOUND_MS } as const
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], options)
    t.is(status, 0, `${command}\n${stderr}`)
    t.is(withoutPlaces(stdout, folder), withoutPlaces(shown.slice(end + 1), folder), command)
  }
}

/** Folders, and the lines of a trace but for its first one, depend on where one is. */
function withoutPlaces(text: string, folder: string): string {
  return text
    .replaceAll(`${folder}/`, '')
    .replaceAll(/^\s+(?:at|from) .*\n/gm, '')
    .replaceAll(/(?<=File ")[^"]*\//g, '')
    .replaceAll(/^ *[~^]+\n/gm, '')
    .replaceAll(/line \d+/g, 'line N')
}

/**
 * Runs the fenced blocks of a document as its reader would, in order, in an empty folder in which Typhoon is installed.
 *
 * The rules for who writes such a document:
 * - A block whose first line is a comment with nothing but the name of a file (`# words.yaml`, `//
 *   components/split.ts`) is written to that file, without that line. The files are there from the beginning, so that a
 *   command may stand before what it uses. Every such file must be named in a command or in another file, or it would
 *   not be tried.
 * - In a `sh` (or `console`) block each line that begins with `npx ` or `node `, after a `$ ` if there is one, is run;
 *   it must exit with 0, or with N where the line ends with `# exit N`. A line that ends with `\` goes on in the next
 *   one. All other lines are comments, output, or commands that are not run (`npm install`, `cd`, `mkdir`). Whatever
 *   runs without end needs `--for 2s`.
 * - All TypeScript that is written is checked with the `tsconfig.json` of README.md, which the reader is given for
 *   that.
 * - A `ts`, `js` or `yaml` block is either written to a file or marked as a part of something: ` ```ts fragment `.
 * - A `sh` block that is marked so is not run either: its commands take long, or need something that is not here.
 * - A block of any other language is shown and not run.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BOUND_MS } from '../bound.ts'
import { inFolder } from '../folder.ts'
import { type Block, blocksOf } from './documents.ts'
import { ROOT } from './sources.ts'

const CODE = ['ts', 'js', 'yaml', 'typescript', 'javascript', 'yml']
const SHELL = ['sh', 'console', 'shell', 'bash']
const FILE_NAME = /^(?:#|\/\/) ([\w./-]+\.\w+)\s*$/
/** Commands that a package of another name has. */
const PACKAGES: Readonly<Record<string, string>> = { tsc: 'typescript' }
/** Files that a command reads without being told their names. */
const READ_BY: Readonly<Record<string, string>> = { 'tsconfig.json': 'npx tsc' }
/** A reader has the default port for himself; tests run beside other tests. */
const ON_A_FREE_PORT = ['-c', 'drpc.http.port=0']

/** Something that a block asks for. */
type Step =
  | { readonly kind: 'write'; readonly file: string; readonly text: string; readonly line: number }
  | { readonly kind: 'run'; readonly command: string; readonly exit: number; readonly line: number }

/** What the blocks of a document ask for, and which of them break the rules. */
export function stepsOf(markdown: string): { steps: Step[]; problems: string[] } {
  const steps: Step[] = []
  const problems: string[] = []
  for (const block of blocksOf(markdown)) {
    const [language = '', ...marks] = block.info
    const [first = '', ...rest] = block.text.split('\n')
    const file = FILE_NAME.exec(first)?.[1]
    if (SHELL.includes(language)) steps.push(...(marks.includes('fragment') ? [] : commandsOf(block)))
    else if (file !== undefined) steps.push({ kind: 'write', file, text: rest.join('\n'), line: block.line })
    else if (CODE.includes(language) && !marks.includes('fragment'))
      problems.push(`line ${block.line}: a block of ${language} names no file and is no fragment`)
  }
  return { steps, problems: [...problems, ...untried(steps)] }
}

function commandsOf({ text, line }: Block): Step[] {
  const joined = text.replace(/\\\n\s*/g, ' ')
  return joined.split('\n').flatMap((raw) => {
    const command = raw.replace(/^\s*\$ /, '').trim()
    if (!/^(?:npx|node) /.test(command)) return []
    const exit = /\s+# exit (\d+)$/.exec(command)
    return [{ kind: 'run' as const, command: command.replace(/\s+#.*$/, ''), exit: Number(exit?.[1] ?? 0), line }]
  })
}

function untried(steps: readonly Step[]): string[] {
  return steps.flatMap((step, index) => {
    if (step.kind !== 'write') return []
    const name = step.file.split('/').at(-1)!
    const others = steps.filter((_, other) => other !== index)
    const mention = READ_BY[name] ?? name
    const named = others.some((other) => (other.kind === 'write' ? other.text : other.command).includes(mention))
    return named ? [] : [`line ${step.line}: nothing uses ${step.file}`]
  })
}

/** Takes all steps, and says what went wrong. */
export function runSteps(steps: readonly Step[]): Promise<string[]> {
  return inPackage(async (folder) => {
    const problems: string[] = []
    for (const step of [...steps].reverse()) if (step.kind === 'write') await write(step, folder)
    for (const step of steps) {
      if (step.kind === 'write') await write(step, folder)
      else problems.push(...(await runCommand(step, folder)))
    }
    return problems
  })
}

/**
 * Compiles all TypeScript of the documents at once, each in a folder of its own, as the `tsconfig.json` says that one
 * of them writes, and says what went wrong.
 */
export function compileAll(documents: ReadonlyMap<string, readonly Step[]>): Promise<string[]> {
  return inPackage(async (folder) => {
    for (const [name, steps] of documents) {
      for (const step of steps) {
        if (step.kind !== 'write') continue
        await write(step, step.file === 'tsconfig.json' ? folder : join(folder, name))
      }
    }
    return runCommand({ kind: 'run', command: 'npx tsc', exit: 0, line: 0 }, folder)
  })
}

/** What comes of it in an empty folder in which Typhoon is installed. */
function inPackage(work: (folder: string) => Promise<string[]>): Promise<string[]> {
  return inFolder(async (folder) => {
    await install(folder)
    return work(folder)
  })
}

async function write({ file, text }: Step & { kind: 'write' }, folder: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true })
  await writeFile(join(folder, file), text)
}

/** A package with Typhoon, and with what Typhoon's own package.json names, among its modules. */
async function install(folder: string): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    object
  >
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'blocks', private: true, type: 'module' }))
  const modules = [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].map(
    (name) => [name, join(ROOT, 'node_modules', name)] as const,
  )
  for (const [name, target] of [['typhoon', ROOT] as const, ...modules]) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true })
    await symlink(target, join(folder, 'node_modules', name), 'junction')
  }
}

async function runCommand(step: Step & { kind: 'run' }, folder: string): Promise<string[]> {
  const [program, ...rest] = wordsOf(step.command)
  const args = program === 'npx' ? [await binOf(rest[0]!, folder), ...rest.slice(1)] : rest
  if (rest[0] === 'typhoon' && rest[1] === 'run') args.push(...ON_A_FREE_PORT)
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BOUND_MS,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...how) => resolve(how)),
  )
  if (code === step.exit) return []
  return [
    `line ${step.line}: \`${step.command}\` ended with ${signal ?? `exit code ${code}`}, not ${step.exit}:\n${output.slice(-2000)}`,
  ]
}

async function binOf(name: string, folder: string): Promise<string> {
  const home = join(folder, 'node_modules', PACKAGES[name] ?? name)
  const { bin } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  return join(home, typeof bin === 'string' ? bin : bin[name]!)
}

/** Words of a command; single and double quotes hold one together. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  )
}

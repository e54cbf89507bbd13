/**
 * Whether what a command names is there, before anything is started: its folder, its program, and the script behind the
 * name of an interpreter. Nothing is refused that may work: of options that are not known to stand alone it is not
 * known what comes after them, so that what stands behind one is not looked at.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { basename, delimiter, resolve } from 'node:path'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { environment, type ProcessSpec } from './child-process.ts'

/** How an interpreter finds the script that is its first argument. */
interface Interpreter {
  readonly name: RegExp
  /** Options that take no further argument and leave the script a script. */
  readonly alone: RegExp
  /** What it tries to put behind the name. */
  readonly endings?: readonly string[]
  /** It looks on the PATH, too. */
  readonly onPath?: true
  /** Words that are not scripts. */
  readonly words?: readonly string[]
}

const INTERPRETERS: readonly Interpreter[] = [
  { name: /^(python|pypy)[\d.]*$/, alone: /^-[bBdEIOPqsSuv]+$/ },
  {
    name: /^node(js)?[\d.]*$/,
    alone: /^--[\w-]+=|^--(enable-source-maps|(no|trace|experimental)-[\w-]+)$/,
    endings: ['.js', '.json', '.node'],
    words: ['inspect', '-'],
  },
  { name: /^ruby[\d.]*$/, alone: /^-[wvdU]+$/ },
  { name: /^perl[\d.]*$/, alone: /^-[wWtT]+$/ },
  { name: /^php[\d.]*$/, alone: /^-[qn]+$/ },
  { name: /^(ba|da|k|z)?sh$/, alone: /^-[eux]+$/, onPath: true },
]

/** @throws FILE_NOT_FOUND, whose `where.file` is the part of the command that is not there, as it was written */
export function checkCommand({ command, cwd = process.cwd(), env }: ProcessSpec): void {
  const [program, ...args] = command as readonly [string, ...string[]]
  if (!isFolder(cwd)) throw missing(cwd, `the folder "${cwd}", in which it is to run, does not exist`, 'see `cwd`')
  const folders = (environment(env)['PATH'] ?? '').split(delimiter).map((folder) => resolve(cwd, folder))
  if (program.includes('/')) {
    const path = resolve(cwd, program)
    if (!existsSync(path)) throw missing(program, `the program "${program}" does not exist in ${cwd}`)
    if (!isProgram(path)) throw missing(program, `"${program}" in ${cwd} is not a program that may be run`, 'chmod +x?')
  } else if (!folders.some((folder) => isProgram(resolve(folder, program))))
    throw missing(program, `the program "${program}" is not on the PATH`, 'install it, or give its path')
  const interpreter = INTERPRETERS.find(({ name }) => name.test(basename(program)))
  const script = interpreter && args.find((arg) => !interpreter.alone.test(arg))
  if (script === undefined || script.startsWith('-') || interpreter?.words?.includes(script)) return
  const paths = ['', ...(interpreter?.endings ?? [])].map((ending) => resolve(cwd, script + ending))
  if (interpreter?.onPath && !script.includes('/')) paths.push(...folders.map((folder) => resolve(folder, script)))
  if (!paths.some((path) => existsSync(path)))
    throw missing(script, `"${script}", which "${program}" is to run, does not exist in ${cwd}`)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return !isFolder(path)
  } catch {
    return false
  }
}

const HINT = "a child runs in the folder of the topology's file, unless it is given another"

function missing(file: string, message: string, hint = HINT): TyphoonError {
  return new TyphoonError('FILE_NOT_FOUND', message, { where: { file }, hint })
}

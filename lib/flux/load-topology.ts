/**
 * Loads a topology from its file: YAML, or a module in TypeScript or JavaScript. The same file, variables and
 * configuration give the same topology in every process; that is how a worker gets its components.
 */
import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import type { Annex } from '../annex/annex.ts'
import { Report } from '../annex/definition-report.ts'
import { isOutOfDescriptors, outOfDescriptorsAt } from '../errors/out-of-descriptors.ts'
import { DefinitionError, messageOf, type Problem, TyphoonError, type Where } from '../errors/typhoon-error.ts'
import { wordsIn } from '../errors/wording.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { nearest } from '../words/suggest.ts'
import { definitionOf, isBuilder, madeBy, reconfigure, resized, whyNoDefinition } from './definitions.ts'
import type { FluxOptions } from './flux-options.ts'
import { lineOf, sizeOfFile, whyUnreadable } from './modules/files.ts'
import { type Exports, importModule, MODULE_EXTENSIONS } from './modules/import-module.ts'
import { settles } from './modules/settles.ts'
import { whereThrown } from './modules/where-thrown.ts'
import type { YamlOrigin } from './origin.ts'

const YAML_EXTENSIONS: readonly string[] = ['.yaml', '.yml', '.flux']
const EXTENSIONS: readonly string[] = [...YAML_EXTENSIONS, ...MODULE_EXTENSIONS]

/** A definition, and what was noticed on the way. */
export interface LoadedDefinition {
  readonly definition: TopologyDefinition
  /** Absolute. */
  readonly file: string
  /** What is allowed and probably not meant. */
  readonly warnings: readonly string[]
  /** What a file in YAML has made it of. */
  readonly origin?: YamlOrigin
}

/** What a file has given. */
type Made = Pick<LoadedDefinition, 'definition' | 'origin'>

/**
 * @param annexes those that come with Typhoon, for whoever needs them
 * @throws TyphoonError; DefinitionError with everything that is wrong with the topology
 */
export async function loadTopology(
  file: string,
  annexes: () => Promise<readonly Annex[]>,
  options: FluxOptions = {},
): Promise<LoadedDefinition> {
  const path = resolve(file)
  await checkFile(path)
  const report = new Report()
  for (const key of Object.keys(options.config ?? {})) report.warnOfKey(key)
  const load = isYaml(path) ? loadFlux : loadModule
  const { definition: loaded, ...made } = await load(path, annexes, options, report).catch((error: unknown) => {
    throw isOutOfDescriptors(error) ? outOfDescriptorsAt(`${path} cannot be loaded`, error) : error
  })
  const { name, parallelism } = options
  const definition = name === undefined && parallelism === undefined ? loaded : resized(loaded, name, parallelism)
  const language = isYaml(path) ? 'yaml' : 'code'
  const own = (definition.warningsWith?.(definition.topology.config) ?? []).map((warning) => wordsIn(language, warning))
  return { ...made, definition, file: path, warnings: [...report.warnings, ...own] }
}

/** Loads what reads such a file, and does not look at it. */
export async function prepareFor(file: string, annexes: () => Promise<readonly Annex[]>): Promise<void> {
  if (isYaml(file)) await fluxWith(annexes)
}

function isYaml(path: string): boolean {
  return YAML_EXTENSIONS.includes(extname(path))
}

async function checkFile(path: string): Promise<void> {
  const known = EXTENSIONS.includes(extname(path))
  try {
    await sizeOfFile(path)
  } catch (error) {
    const others = (await topologiesIn(dirname(path))).filter((name) => name !== basename(path))
    const near = nearest(basename(path), others)
    const hint = near === undefined ? {} : { hint: `did you mean "${near}"?` }
    throw new TyphoonError('FILE_NOT_FOUND', whyUnreadable(path, error), { where: { file: path }, ...hint })
  }
  if (known) return
  const message = `${path} is not a topology: it must be a ${EXTENSIONS.join(', ')} file`
  throw new TyphoonError('WRONG_EXTENSION', message, { where: { file: path } })
}

async function topologiesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => EXTENSIONS.includes(extname(name)))
}

/** Who writes modules loads no YAML, and no annex. */
async function loadFlux(
  path: string,
  annexes: () => Promise<readonly Annex[]>,
  options: FluxOptions,
  report: Report,
): Promise<Made> {
  const [{ loadYaml }, shipped] = await fluxWith(annexes)
  return loadYaml(path, shipped, options, report)
}

function fluxWith(annexes: () => Promise<readonly Annex[]>) {
  return Promise.all([import('./load-yaml.ts'), annexes()])
}

async function loadModule(
  path: string,
  _annexes: unknown,
  { config = {}, variables: set = {}, filter = {}, checksFiles = false }: FluxOptions,
  report: Report,
): Promise<Made> {
  const read = new Set<string>()
  const variables = noting({ ...filter, ...set }, read)
  const exports = await attempt(path, () => importModule(path))
  const made = await attempt(path, () => settles(path, madeBy(exports, { config, variables })))
  const definition = await attempt(path, () => definitionOf(made))
  if (definition === undefined) throw noTopology(path, exports, made)
  for (const name of Object.keys(set)) if (!read.has(name)) report.warn(`the variable "${name}" is set and not used`)
  const { topology } = definition
  for (const layer of [topology.config, ...Object.values(topology.components).map((component) => component.config)])
    for (const key of Object.keys(layer)) report.warnOfKey(key)
  return attempt(path, () => {
    const missing = (checksFiles && definition.missingFiles?.(dirname(path))) || []
    if (missing.length > 0)
      throw new DefinitionError(missing.map((one) => ({ ...one, where: { ...one.where, file: path } })))
    return { definition: reconfigure(definition, config) }
  })
}

/** The variables, with a note of each that is asked for; one who lists them all has asked for all. */
function noting(variables: Readonly<Record<string, string>>, read: Set<string>): Readonly<Record<string, string>> {
  return new Proxy(variables, {
    get(target, name: string) {
      read.add(name)
      return target[name]
    },
    has(target, name: string) {
      read.add(name)
      return name in target
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) read.add(name)
      return Reflect.ownKeys(target)
    },
  })
}

/** What fails in a module gets the module's file, and the line where it is known. */
async function attempt<T>(path: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error
    const thrown = error instanceof TyphoonError && error.code === 'MODULE_FAILED' ? error.cause : error
    const problems = problemsOf(thrown)
    if (problems !== undefined) {
      // What a builder finds in the end has no line; what an operation of a stream throws has that of the operation.
      const where = problems.length === 1 && !isWhole(thrown) ? await whereThrown(thrown, path) : { file: path }
      const all = await Promise.all(problems.map((problem) => shownIn(problem, where)))
      throw new DefinitionError(all, isWhole(thrown) ? (thrown as Error).cause : thrown)
    }
    if (error instanceof TyphoonError) throw error
    const where = await whereThrown(error, path)
    throw new TyphoonError('MODULE_FAILED', `${path} failed: ${messageOf(error)}`, { where, cause: error })
  }
}

/** The problem with the place that is known of all, unless it has its own, and with the line there. */
async function shownIn(problem: Problem, known: Where): Promise<Problem> {
  const { file, line } = problem.where
  if (file === undefined || line === undefined) return { ...problem, where: { ...known, ...problem.where } }
  const source = await lineOf(file, line)
  return source === undefined ? problem : { ...problem, where: { ...problem.where, source } }
}

/** The problems of an error of Typhoon, also of another copy of it. */
function problemsOf(error: unknown): readonly Problem[] | undefined {
  const { name, problems } = Object(error) as Partial<TyphoonError>
  const isKnown = name === 'DefinitionError' || name === 'TyphoonError'
  return isKnown && Array.isArray(problems) && problems.length > 0 ? problems : undefined
}

/** Whether it is about a whole definition, and not thrown by one call. */
function isWhole(error: unknown): boolean {
  return (error as Error).name === 'DefinitionError'
}

function noTopology(path: string, exports: Exports, made: unknown): TyphoonError {
  const names = Object.keys(exports)
  const found = names.length === 0 ? 'exports nothing' : `exports ${names.join(', ')}, but no topology`
  const given = made ?? Object.values(exports).find(isBuilder)
  const hint =
    given === undefined ? 'export a topology as default, or under the name "topology"' : whyNoDefinition(given)
  return new TyphoonError('NO_TOPOLOGY', `${path} ${found}`, { where: { file: path }, hint })
}

/**
 * className → what it names: `./components/split.ts#Split` (relative to the file that says it), `some-package#Export`
 * (found from that file's folder), or the bare name of a component that comes with Typhoon.
 */
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { SHIPPED_COMPONENTS } from '../../annex/shape.ts'
import { nearest, suggest } from '../../errors/suggest.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { SPOUTS } from '../../trident/yaml/vocabulary.ts'
import { type Exports, importModule, MODULE_EXTENSIONS } from '../modules/import-module.ts'
import { adviceFor, exampleNamed, isJavaClass } from '../storm/java-classes.ts'

/** Spouts of Trident: who names none of them does not load it. */
const isTridentSpout = (name: string): name is (typeof SPOUTS)[number] => (SPOUTS as readonly string[]).includes(name)

/** Names without a module: those with this prefix are exports of that module. The longest prefix that fits counts. */
const SHIPPED: readonly { readonly prefix: string; readonly load: (name: string) => Promise<Exports> }[] = [
  { prefix: '', load: async (name) => (Object.hasOwn(FILES, name) ? FILES[name]!() : everything()) },
  { prefix: 'org.apache.storm.flux.wrappers.spouts.', load: stormSpouts },
  { prefix: 'org.apache.storm.flux.wrappers.bolts.', load: stormBolts },
]

/** Where components of Typhoon stand: who names one of these loads no other. */
const FILES: Readonly<Record<string, () => Promise<Exports>>> = {
  ConstantSpout: () => import('../../components/constant-spout.ts'),
  CountBolt: () => import('../../components/count-bolt.ts'),
  FileSinkBolt: () => import('../../components/file-sink-bolt.ts'),
  FileSpout: () => import('../../components/file-spout.ts'),
  IdentityBolt: () => import('../../components/identity-bolt.ts'),
  LogBolt: () => import('../../components/log-bolt.ts'),
  NullBolt: () => import('../../components/null-bolt.ts'),
  RandomSentenceSpout: () => import('../../components/random-sentence-spout.ts'),
  SequenceSpout: () => import('../../components/sequence-spout.ts'),
  SplitBolt: () => import('../../components/split-bolt.ts'),
  TopBolt: () => import('../../components/top-bolt.ts'),
  ShellBolt: multilang,
  ShellSpout: multilang,
}

async function everything(): Promise<Exports> {
  return { ...(await import('../../components/index.ts')), ...(await multilang()) }
}

function multilang() {
  return import('../../multilang/index.ts')
}

async function stormSpouts(): Promise<Exports> {
  const { FluxShellSpout } = await multilang()
  return { FluxShellSpout }
}

async function stormBolts(): Promise<Exports> {
  const { LogBolt } = await import('../../components/log-bolt.ts')
  const { FluxShellBolt } = await multilang()
  return { FluxShellBolt, LogInfoBolt: LogBolt }
}

/**
 * What a className names.
 * @param className as written
 * @param file the YAML file that says it
 * @throws FILE_NOT_FOUND, MODULE_FAILED, UNKNOWN_EXPORT, NOT_A_COMPONENT
 */
export async function resolveClass(className: string, file: string): Promise<unknown> {
  const hash = className.lastIndexOf('#')
  if (hash < 0) return shipped(className)
  const name = className.slice(hash + 1)
  const exports = await importFrom(className.slice(0, hash), file)
  if (Object.hasOwn(exports, name)) return exports[name]
  const message = `${className.slice(0, hash)} has no export "${name}"`
  throw new TyphoonError('UNKNOWN_EXPORT', message, { hint: suggest(name, Object.keys(exports)) })
}

async function shipped(className: string): Promise<unknown> {
  if (/[\\/]|^\./.test(className) || MODULE_EXTENSIONS.some((extension) => className.endsWith(extension))) {
    const hint = `write "${className}#Export"`
    throw new TyphoonError('UNKNOWN_EXPORT', `"${className}" names a module and no export of it`, { hint })
  }
  const example = exampleNamed(className)
  if (example !== undefined) return (await import('../../components/storm-examples.ts'))[example]
  if (isTridentSpout(className)) return (await import('../../trident/yaml/index.ts')).spoutsByName[className]
  const fitting = SHIPPED.filter(({ prefix }) => className.startsWith(prefix))
  const { prefix, load } = fitting.reduce((best, one) => (one.prefix.length > best.prefix.length ? one : best))
  const name = className.slice(prefix.length)
  const exports = await load(name)
  if (Object.hasOwn(exports, name)) return exports[name]
  throw new TyphoonError('UNKNOWN_EXPORT', ...unknown(className))
}

function unknown(className: string): [message: string, options: { hint: string }] {
  if (!isJavaClass(className)) {
    const known = [...SHIPPED_COMPONENTS.filter((one) => !one.includes('.')), ...SPOUTS]
    const hint = `${suggest(className, known)} Components of your own are written "./module.ts#Export".`
    return [`no component "${className}" comes with Typhoon`, { hint }]
  }
  const near = nearest(className, SHIPPED_COMPONENTS)
  const hint = near === undefined ? adviceFor(className) : `did you mean "${near}"?`
  return [`"${className}" is a class of Java, and nothing of that name comes with Typhoon`, { hint }]
}

async function importFrom(module: string, file: string): Promise<Exports> {
  if (isBuiltin(module)) {
    const hint =
      'write a module of your own that exports a spout, a bolt or what they need, and name that: ./module.ts#Export'
    throw new TyphoonError('NOT_A_COMPONENT', `${module} belongs to Node.js, and nothing in it is a component`, {
      hint,
    })
  }
  if (!/^\.{1,2}[\\/]/.test(module) && !isAbsolute(module)) return importModule(fromPackage(module, file))
  const path = resolve(dirname(file), module)
  if (!MODULE_EXTENSIONS.some((extension) => extension === extname(path))) {
    const message = `${module} is no ${MODULE_EXTENSIONS.join(', ')} file`
    throw new TyphoonError('WRONG_EXTENSION', message)
  }
  return importModule(path)
}

/** The file of a module of a package, as Node.js finds it from the folder of `file`. */
function fromPackage(module: string, file: string): string {
  try {
    return createRequire(file).resolve(module)
  } catch (error) {
    const path = importOnly(module, file)
    if (path !== undefined) return path
    const [name] = packageOf(module)
    const hint = `install it (npm install ${name}), or write "./${module}" for a file beside this one`
    throw new TyphoonError('FILE_NOT_FOUND', `the module "${module}" is not installed`, { hint, cause: error })
  }
}

/** Packages that export to `import` alone, which `require.resolve` does not see. */
function importOnly(module: string, file: string): string | undefined {
  const [name, subpath] = packageOf(module)
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', name)
    const target = exportTarget(readExports(join(root, 'package.json')), subpath)
    if (target !== undefined) return join(root, target)
    if (folder === dirname(folder)) return undefined
  }
}

/** `@scope/name/sub` → `@scope/name` and `./sub`. */
function packageOf(module: string): readonly [name: string, subpath: string] {
  const parts = module.split('/')
  const length = module.startsWith('@') ? 2 : 1
  return [parts.slice(0, length).join('/'), ['.', ...parts.slice(length)].join('/')]
}

function readExports(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { exports?: unknown }).exports
  } catch {
    return undefined
  }
}

function exportTarget(exports: unknown, subpath: string): string | undefined {
  const isTable =
    typeof exports === 'object' && exports !== null && Object.keys(exports).some((key) => key.startsWith('.'))
  let target: unknown = isTable ? (exports as Exports)[subpath] : subpath === '.' ? exports : undefined
  while (typeof target === 'object' && target !== null) {
    const conditions = target as Exports
    target = conditions['node'] ?? conditions['import'] ?? conditions['default']
  }
  return typeof target === 'string' ? target : undefined
}

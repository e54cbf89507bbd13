/**
 * className → what it names: `./components/split.ts#Split` (relative to the file that says it), `some-package#Export`
 * (found from that file's folder), or the bare name of a component that comes with Typhoon.
 */
import { isBuiltin } from 'node:module'
import { dirname, extname, isAbsolute, resolve } from 'node:path'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { nearest, suggest } from '../../words/suggest.ts'
import type { Annexes } from '../annexes/annexes.ts'
import { importModule, MODULE_EXTENSIONS } from '../modules/import-module.ts'
import { packageModule } from '../modules/package-module.ts'
import { adviceFor, isJavaClass } from '../storm/java-classes.ts'

/**
 * What a className names.
 * @param className as written
 * @param file the YAML file that says it
 * @throws FILE_NOT_FOUND, MODULE_FAILED, UNKNOWN_EXPORT, NOT_A_COMPONENT, BAD_ANNEX
 */
export async function resolveClass(className: string, file: string, annexes: Annexes): Promise<unknown> {
  const [module, name] = partsOf(className)
  if (module === undefined) return ofAnnex(className, file, annexes)
  const exports = await importModule(moduleFile(module, file))
  if (Object.hasOwn(exports, name)) return exports[name]
  throw new TyphoonError('UNKNOWN_EXPORT', `${module} has no export "${name}"`, {
    hint: suggest(name, Object.keys(exports)),
  })
}

/** The module that a className names, as a file, and the export; undefined for the bare name of a component. */
export function placeOfClass(className: string, file: string): ClassPlace | undefined {
  const [module, name] = partsOf(className)
  return module === undefined ? undefined : { module: moduleFile(module, file), name }
}

/** An export of a module. */
export interface ClassPlace {
  /** Its file, absolute. */
  readonly module: string
  readonly name: string
}

function partsOf(className: string): readonly [module: string | undefined, name: string] {
  const hash = className.lastIndexOf('#')
  return hash < 0 ? [undefined, className] : [className.slice(0, hash), className.slice(hash + 1)]
}

async function ofAnnex(className: string, file: string, annexes: Annexes): Promise<unknown> {
  if (/[\\/]|^\./.test(className) || MODULE_EXTENSIONS.some((extension) => className.endsWith(extension))) {
    const hint = `write "${className}#Export"`
    throw new TyphoonError('UNKNOWN_EXPORT', `"${className}" names a module but none of its exports`, { hint })
  }
  const load = await annexes.classOf(className, file)
  if (load !== undefined) return load()
  throw new TyphoonError('UNKNOWN_EXPORT', ...unknown(className, await annexes.classNamesAt(file)))
}

function unknown(className: string, known: readonly string[]): [message: string, options: { hint: string }] {
  if (!isJavaClass(className)) {
    const own = known.filter((one) => !one.includes('.'))
    const hint = `${suggest(className, own)} Components of your own are written "./module.ts#Export".`
    return [`no component "${className}" comes with Typhoon`, { hint }]
  }
  const near = nearest(className, known)
  const hint = near === undefined ? adviceFor(className) : `did you mean "${near}"?`
  return [`"${className}" is a class of Java, and nothing of that name comes with Typhoon`, { hint }]
}

/** @throws NOT_A_COMPONENT, WRONG_EXTENSION, FILE_NOT_FOUND */
function moduleFile(module: string, file: string): string {
  if (isBuiltin(module)) {
    const hint =
      'write a module of your own that exports a spout, a bolt or what they need, and name that: ./module.ts#Export'
    throw new TyphoonError('NOT_A_COMPONENT', `${module} belongs to Node.js, and nothing in it is a component`, {
      hint,
    })
  }
  if (!/^\.{1,2}[\\/]/.test(module) && !isAbsolute(module)) return packageModule(module, file)
  const path = resolve(dirname(file), module)
  if (!MODULE_EXTENSIONS.some((extension) => extension === extname(path))) {
    const message = `${module} is not a module: it must be a ${MODULE_EXTENSIONS.join(', ')} file`
    throw new TyphoonError('WRONG_EXTENSION', message)
  }
  return path
}

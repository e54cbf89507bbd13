/** Where the modules of packages stand, as Node.js finds them from the folder of a file. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Exports } from './import-module.ts'

/** The file of a module of a package. @param file from whose folder it is sought @throws FILE_NOT_FOUND */
export function packageModule(module: string, file: string): string {
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

/** `typhoon` for modules from whose folder no such package is found: the one that runs. */
import { createRequire, register } from 'node:module'

const HOOK = `let own
  export function initialize(url) { own = url }
  export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context)
    } catch (error) {
      if (!/^typhoon(?:\\/|$)/.test(specifier) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      return next(specifier, { ...context, parentURL: own })
    }
  }`

/**
 * Lets modules import it, from here on, in this process.
 * @param file from whose folder it is sought; where it is found there, nothing is done
 */
export function findOwnPackage(file: string): void {
  try {
    createRequire(file).resolve('typhoon')
  } catch {
    register(`data:text/javascript,${encodeURIComponent(HOOK)}`, { data: import.meta.url })
  }
}

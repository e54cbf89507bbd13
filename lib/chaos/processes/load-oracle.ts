/** The oracle of a user: a module whose `verify`, or default export, says what is lost and doubled. */
import { resolve } from 'node:path'
import { importModule } from '../../flux/modules/import-module.ts'
import { TyphoonError } from '../../index.ts'
import type { Oracle } from '../oracle.ts'

/** @throws FILE_NOT_FOUND, MODULE_FAILED; UNKNOWN_EXPORT where it exports none (rejects) */
export async function loadOracle(file: string): Promise<Oracle> {
  const path = resolve(file)
  const exported = await importModule(path)
  const oracle = exported['verify'] ?? exported['default']
  if (typeof oracle === 'function') return oracle as Oracle
  throw new TyphoonError('UNKNOWN_EXPORT', `${path} exports no function "verify"`, {
    where: { file: path },
    hint: 'export function verify({ found, expected }) { return { lost: 0, doubled: 0 } }',
  })
}

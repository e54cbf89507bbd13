/** Which version of Typhoon this is. */
import { createRequire } from 'node:module'

/** As package.json has it. */
export function version(): string {
  return (createRequire(import.meta.url)('typhoon/package.json') as { version: string }).version
}

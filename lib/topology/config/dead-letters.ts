/** Where the dead letters of a topology are written. */
import type { ResolvedConfig } from './config.ts'

/** The file, as it is named: from the working directory where the name is not absolute. */
export function deadLettersFile(topology: string, config: ResolvedConfig): string {
  return config['topology.dead.letters.file'] ?? `dead-letters/${topology}.jsonl`
}

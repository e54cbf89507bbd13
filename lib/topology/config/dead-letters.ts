/** Where the dead letters of a topology are written. */
import { type ConfigMap, type ResolvedConfig, resolveConfig } from './config.ts'

/** The file, as it is named: from the working directory where the name is not absolute. */
export function deadLettersFile(topology: string, config: ResolvedConfig): string {
  return config['topology.dead.letters.file'] ?? `dead-letters/${topology}.jsonl`
}

/** Those of all that write some in it, each once. @param writers with their own configuration */
export function deadLetterFiles(
  topology: string,
  config: ConfigMap,
  writers: readonly { readonly config: ConfigMap }[],
): string[] {
  return [...new Set(writers.map((writer) => deadLettersFile(topology, resolveConfig(config, writer.config))))]
}

/**
 * The tables of options in the documents: each stands below a comment that names it, and its rows come from the table
 * in the code (what an option may be, and what it is unless given) and from the doc comments of the interface (what it
 * is for), so that nothing is written twice.
 */
import { COUNT_BOLT } from '../../lib/components/bolts/count-bolt.ts'
import { FILE_SINK_BOLT } from '../../lib/components/bolts/file-sink-bolt.ts'
import { FILE_SPOUT } from '../../lib/components/spouts/file-spout.ts'
import { DRPC_CLIENT } from '../../lib/drpc/drpc-client.ts'
import { LOCAL_DRPC } from '../../lib/drpc/server/local-drpc.ts'
import { AS_OF_JOIN } from '../../lib/joins/as-of-join-bolt.ts'
import { DEDUP } from '../../lib/joins/dedup-bolt.ts'
import { INTERVAL_JOIN } from '../../lib/joins/interval-join-bolt.ts'
import { TABLE_JOIN } from '../../lib/joins/table-join-bolt.ts'
import { SHELL } from '../../lib/multilang/parent/shell-settings.ts'
import { inWords } from '../../lib/shape/constraint.ts'
import type { Option, OptionTable } from '../../lib/shape/options.ts'
import { JOIN } from '../../lib/trident/program/join-options.ts'
import { DIRECTORY_SPOUT } from '../../lib/trident/spout/directory-spout.ts'
import { GENERATED_BATCHES } from '../../lib/trident/spout/generated-batches.ts'
import { PARTITIONED_FILE_SPOUT } from '../../lib/trident/spout/partitioned-file-spout.ts'
import { CUSTOM_MAP, EMBEDDED_MAP, FILE_SINK, REDIS_MAP } from '../../lib/trident/state/state-options.ts'
import { WINDOW_STORE } from '../../lib/trident/window/window-store-options.ts'
import { KEYED_WINDOW } from '../../lib/windows/keyed/keyed-window-options.ts'
import { filesIn, read } from './sources.ts'

/** The tables by the interfaces that they belong to. */
export const OPTION_TABLES: Readonly<Record<string, OptionTable>> = {
  FileSpoutOptions: FILE_SPOUT,
  CountBoltOptions: COUNT_BOLT,
  FileSinkBoltOptions: FILE_SINK_BOLT,
  ShellOptions: SHELL,
  DrpcClientOptions: DRPC_CLIENT,
  LocalDrpcOptions: LOCAL_DRPC,
  JoinOptions: JOIN,
  MapStateOptions: EMBEDDED_MAP,
  CustomMapOptions: CUSTOM_MAP,
  RedisOptions: REDIS_MAP,
  FileSinkOptions: FILE_SINK,
  WindowStoreOptions: WINDOW_STORE,
  PartitionedFileSpoutOptions: PARTITIONED_FILE_SPOUT,
  DirectorySpoutOptions: DIRECTORY_SPOUT,
  GeneratedBatches: GENERATED_BATCHES,
  KeyedWindowOptions: KEYED_WINDOW,
  IntervalJoinOptions: INTERVAL_JOIN,
  AsOfJoinOptions: AS_OF_JOIN,
  TableJoinOptions: TABLE_JOIN,
  DedupOptions: DEDUP,
}

/** By interface, the doc comment of each of its own options, as one line. */
export function commentsOf(interfaceName: string): Map<string, string> {
  const head = new RegExp(`^export interface ${interfaceName}\\b.*\\{\\n([\\s\\S]*?)^\\}`, 'm')
  const body = filesIn('lib', '.ts').flatMap((path) => head.exec(read(path))?.[1] ?? [])[0] ?? ''
  const options = body.matchAll(/^ {2}\/\*\*([\s\S]*?)\*\/\n {2}(?:readonly )?(\w+)/gm)
  return new Map(
    [...options].map(([, text, name]) => [
      name!,
      text!
        .replace(/\s*\n\s*\*/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  )
}

/** The document with its tables of options as the code has them. */
export function withOptionTables(markdown: string): string {
  return markdown.replace(/^<!-- options: (\w+) -->\n(?:\n(?:\|.*\n)+)?/gm, (marker, name: string) => {
    const [first] = marker.split('\n')
    return `${first}\n\n${tableOf(name)}`
  })
}

function tableOf(name: string): string {
  const comments = commentsOf(name)
  const options = Object.entries(OPTION_TABLES[name] ?? {}).filter(([option]) => comments.has(option))
  const rows = options.map(
    ([option, entry]) =>
      `| \`${option}\` | ${typeOf(entry)} | ${defaultOf(entry)} | ${withoutDefault(comments.get(option)!)} |\n`,
  )
  return ['| option | may be | unless given | |\n', '| --- | --- | --- | --- |\n', ...rows].join('')
}

/** It has a column of its own. */
function withoutDefault(comment: string): string {
  return comment.replace(/ Default \S+$/, '')
}

function typeOf(option: Option): string {
  if (option.type === 'any') return ''
  const words = option.type === 'secret' ? 'a text' : inWords(option)
  return option.type === 'count' ? `${words}, or Infinity` : words
}

function defaultOf({ default: value, required }: Option): string {
  if (required === true) return 'must be given'
  if (value === undefined || typeof value === 'object') return ''
  return `\`${value === Number.POSITIVE_INFINITY ? 'Infinity' : JSON.stringify(value)}\``
}

/**
 * The tables of configuration keys in docs/configuration.md: each stands below a comment that names a group of keys,
 * and all of it comes from lib/topology/config, so that nothing is written twice.
 */
import type { ConfigKey } from '../../lib/topology/config/config-key.ts'
import { KEY_GROUPS } from '../../lib/topology/config/keys.ts'

const GROUPS: Readonly<Record<string, Readonly<Record<string, ConfigKey>>>> = KEY_GROUPS

/** The document with its tables of keys as the code has them. */
export function withKeyTables(markdown: string): string {
  return markdown.replace(/^<!-- keys: (\w+) -->\n(?:\n(?:\|.*\n)+)?/gm, (marker, group: string) => {
    const [first] = marker.split('\n')
    return `${first}\n\n${tableOf(GROUPS[group] ?? {})}`
  })
}

function tableOf(keys: Readonly<Record<string, ConfigKey>>): string {
  return [
    '| key | type | default | limits | per component | meaning | in Storm |\n',
    '| --- | --- | --- | --- | --- | --- | --- |\n',
    ...Object.entries(keys).map(([name, key]) => `| \`${name}\` | ${cellsOf(key).join(' | ')} |\n`),
  ].join('')
}

function cellsOf({ type, default: value, min, max, perComponent, doc, storm = '' }: ConfigKey): string[] {
  const limits = min === undefined ? '' : `${min} … ${max}`
  return [type, `\`${JSON.stringify(value)}\``, limits, perComponent === true ? 'yes' : '', doc, storm]
}

/**
 * The tables of configuration keys in docs/configuration.md: each stands below a comment that names a group of keys,
 * and all of it comes from lib/topology/config, so that nothing is written twice.
 */
import { inWords } from '../../lib/shape/constraint.ts'
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
    '| key | may be | default | per component | meaning | in Storm |\n',
    '| --- | --- | --- | --- | --- | --- |\n',
    ...Object.entries(keys).map(([name, key]) => `| \`${name}\` | ${cellsOf(key).join(' | ')} |\n`),
  ].join('')
}

function cellsOf(key: ConfigKey): string[] {
  const { default: value, perComponent, doc, storm = '' } = key
  return [inWords(key), `\`${JSON.stringify(value)}\``, perComponent === true ? 'yes' : '', doc, storm]
}

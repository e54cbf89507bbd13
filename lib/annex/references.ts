/** `{ref: id}` and `{reflist: [id, …]}`: how a value of a file refers to its components. */
import { child, textOf, type YamlValue } from './yaml-value.ts'

/** If the value is `{ref: id}` or `{reflist: [ids]}`: the values that hold the ids. */
export function referencesOf(
  value: YamlValue,
): { readonly kind: 'ref' | 'reflist'; readonly ids: readonly YamlValue[] } | undefined {
  if (value.kind !== 'map' || value.entries.size !== 1) return undefined
  const ref = child(value, 'ref')
  if (ref !== undefined) return { kind: 'ref', ids: [ref] }
  const reflist = child(value, 'reflist')
  return reflist === undefined
    ? undefined
    : { kind: 'reflist', ids: reflist.kind === 'list' ? reflist.items : [reflist] }
}

/** The id that a reference holds. */
export function idOf(value: YamlValue): string {
  return textOf(value) ?? (value.kind === 'scalar' ? String(value.value) : '')
}

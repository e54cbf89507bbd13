/**
 * What operations are given as beans: a className alone, or a map that has one. Loading them is all that is done before
 * a section is built.
 */
import { child, textOf, type YamlMap, type YamlValue } from '../../annex/yaml-value.ts'
import type { Setting } from './read-section.ts'
import { filterArguments, type Kind, ROLES } from './vocabulary.ts'

/** The beans of values: what a text names is a bean of that class. */
export class OperandBeans {
  readonly #beans = new Map<YamlValue, YamlMap>()

  /** All that must be loaded for a value: that of `Negate` is within. */
  allOf(setting: Setting): YamlMap[] {
    const { kind, value } = setting
    if (!isNamed(kind)) return []
    const bean = this.of(setting)
    if (bean !== undefined) return [bean]
    if (kind !== 'filter' || value.kind !== 'map') return []
    return [...value.entries].flatMap(([name, entry]) => this.#filtersIn(name, entry.value))
  }

  /** The filters among the arguments of a built-in operation. */
  #filtersIn(name: string, given: YamlValue): YamlMap[] {
    const types = filterArguments(name)
    const items = given.kind === 'list' ? given.items : [given]
    return items.flatMap((value, index) => (types[index] === true ? this.allOf({ kind: 'filter', value }) : []))
  }

  /** Undefined where the value names nothing that must be loaded. */
  of({ kind, value }: Setting): YamlMap | undefined {
    const known = this.#beans.get(value)
    if (known !== undefined) return known
    const bean = value.kind === 'scalar' ? beanOfText(value, kind === 'spout') : beanOfMap(value)
    if (bean !== undefined) this.#beans.set(value, bean)
    return bean
  }
}

/** Whether a value names something. */
function isNamed(kind: Kind): boolean {
  return kind === 'stateFactory' || Object.hasOwn(ROLES, kind)
}

function beanOfText(value: YamlValue, isBare: boolean): YamlMap | undefined {
  const text = textOf(value)
  if (text === undefined || !(isBare || isExport(text))) return undefined
  return { kind: 'map', place: value.place, entries: new Map([['className', { key: value.place, value }]]) }
}

function beanOfMap(value: YamlValue): YamlMap | undefined {
  return value.kind === 'map' && child(value, 'className') !== undefined ? value : undefined
}

/** `./words.ts#split`; and what was probably meant so. */
function isExport(text: string): boolean {
  return /[#/\\]|^\./.test(text)
}

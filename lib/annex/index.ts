/**
 * typhoon/annex: what an annex is made of that brings a section of the YAML. It re-exports and does nothing else.
 * docs/annexes.md shows how a package hands over its classes, which needs none of it.
 */
export type { Annex, BeanFactory, ReadSection, Section, SectionFile } from './annex.ts'
export type { Report } from './definition-report.ts'
export { idOf, referencesOf } from './references.ts'
export { BEAN, count, flag, list, type Shape, text } from './yaml-shape.ts'
export {
  child,
  isNull,
  itemsAt,
  type Place,
  plain,
  textOf,
  typedOf,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from './yaml-value.ts'

/**
 * What an annex hands over: by this, and by nothing else, the reader of a topology's file knows its classes and its
 * sections. Names with loaders behind them, so that a file loads what it names and no more.
 *
 * An annex that comes with Typhoon has its manifest in `annex.ts` of its room; one in a package of its own has it in
 * its package.json, under `typhoon` (docs/annexes.md).
 */

import type { TopologyDefinition } from '../topology/component/definition.ts'
import type { ConfigMap } from '../topology/config/config.ts'
import type { Report } from './definition-report.ts'
import type { Shape } from './yaml-shape.ts'
import type { Place, YamlMap } from './yaml-value.ts'

/** The manifest of an annex. */
export interface Annex {
  /**
   * What gives the class or the function of each className. One of Storm's is meant in whatever package of Storm's a
   * file names it.
   */
  readonly classes?: Readonly<Record<string, () => Promise<unknown>>>
  /** The sections of a file, each under its key. */
  readonly sections?: Readonly<Record<string, () => Promise<Section>>>
}

/** A section of a topology's YAML: a list of maps that make the topology, in place of spouts, bolts and streams. */
export interface Section {
  /** What it is for, for editors. */
  readonly description: string
  /** What makes the topology, for messages, in the plural: `streams of Trident`. */
  readonly makers: string
  /** Name of the shape of an entry. */
  readonly entry: string
  /** That shape by its name, and those that it refers to beside the shapes of every file. */
  readonly shapes: Readonly<Record<string, Shape>>
  /** Reads the entries of the file and of those that it includes, in their order. Their shapes have been checked. */
  read(entries: Iterable<YamlMap>): ReadSection
}

/** A section that was read. */
export interface ReadSection {
  /** The beans in it: what they name is loaded before it is built. */
  readonly beans: readonly YamlMap[]
  /** The definition; undefined where something is wrong, which is reported. */
  build(file: SectionFile): Promise<TopologyDefinition | undefined>
}

/** The file around a section. */
export interface SectionFile {
  /** Where the section begins. */
  readonly at: Place
  /** The name of the topology, and where it stands. */
  readonly name: string
  readonly nameAt: Place
  readonly config: ConfigMap
  /** The components of the file, by id. */
  readonly components: ReadonlyMap<string, YamlMap>
  readonly beans: BeanFactory
  /** Takes what is wrong. */
  readonly report: Report
}

/** Makes the objects that a file names. */
export interface BeanFactory {
  /** Makes a bean with all that it refers to. @throws TyphoonError with the place of what failed */
  make(bean: YamlMap): unknown
  /** Whether the class is known; if not, `make` says why. */
  isLoaded(bean: YamlMap): boolean
  /** What the className of a loaded bean names, as it is. */
  named(bean: YamlMap): unknown
}

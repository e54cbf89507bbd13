/**
 * A topology's YAML file with all that it includes, as one: the rules of Flux (apache/storm `FluxParser.java`), and
 * beyond them includes at any depth, with a file that includes itself reported.
 *
 * The including file overrides the included one, unless `override: true`. Streams, entries of sections and worker hooks
 * are added up, each once, by whatever ways their file is included.
 */
import { readFile, stat } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import type { Section } from '../../annex/annex.ts'
import type { Report } from '../../annex/definition-report.ts'
import {
  child,
  flagAt,
  mapAt,
  mapsAt,
  type Place,
  textAt,
  type YamlEntry,
  type YamlMap,
  type YamlValue,
} from '../../annex/yaml-value.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { decodeText } from '../../values/text-encoding.ts'
import { plural } from '../../words/plural.ts'
import { sizeOfFile, whyUnreadable } from '../modules/files.ts'
import { checkFile } from './check-shape.ts'
import { readYaml } from './read-yaml.ts'
import { isOwnKey, shapesWith } from './topology-shapes.ts'
import type { Variables } from './variables.ts'

/** Largest YAML file, and deepest nesting of includes. */
const MAX_FILE_BYTES = 4 * 1024 * 1024
const MAX_INCLUDE_DEPTH = 32
/** How often files are included in all, and how many bytes all files may have. */
const MAX_INCLUDES = 200
const MAX_BYTES = 16 * 1024 * 1024

/** What a file says together with those that it includes. */
export interface TopologyYaml {
  /** The start of the file, for what is missing altogether. */
  readonly place: Place
  name: YamlValue | undefined
  topologySource: YamlMap | undefined
  readonly config: Map<string, YamlEntry>
  /** What stands for a className. */
  readonly aliases: Map<string, YamlEntry>
  /** These three by id, in the order of their declaration. */
  readonly components: Map<string, YamlMap>
  readonly spouts: Map<string, YamlMap>
  readonly bolts: Map<string, YamlMap>
  /** Ids that several of them have, which was reported. */
  readonly repeated: Set<string>
  readonly streams: Set<YamlMap>
  /** The sections of annexes, by their keys, in the order in which they are met. */
  readonly sections: Map<string, FileSection>
  readonly workerHooks: Set<YamlMap>
  /** Sections of which something could not be used, which was reported. */
  readonly lost: Set<string>
}

/** A section of an annex. */
export interface FileSection {
  readonly section: Section
  /** Where it begins. */
  readonly at: Place
  readonly entries: Set<YamlMap>
}

/** The sections that a file may have. */
export interface KnownSections {
  /** Keys of those that come with Typhoon. */
  readonly sectionKeys: readonly string[]
  /** The section of a key in a file; undefined where no annex has it. */
  sectionOf(key: string, file: string): Promise<Section | undefined>
}

/** `undefined` where the file cannot be read, which was reported then. */
export async function readTopologyYaml(
  file: string,
  known: KnownSections,
  variables: Variables,
  report: Report,
): Promise<TopologyYaml | undefined> {
  return new Includer(known, variables, report).load(file, [])
}

class Includer {
  readonly #known: KnownSections
  readonly #variables: Variables
  readonly #report: Report
  readonly #files = new Map<string, TopologyYaml | undefined>()
  #includes = 0
  #bytes = 0

  constructor(known: KnownSections, variables: Variables, report: Report) {
    this.#known = known
    this.#variables = variables
    this.#report = report
  }

  /** `chain`: the files that lead to this one. `place`: where it is included. */
  async load(file: string, chain: readonly string[], place?: Place): Promise<TopologyYaml | undefined> {
    if (chain.includes(file)) {
      const names = [...chain.slice(chain.indexOf(file)), file].map((name) => relative(dirname(chain[0]!), name))
      this.#report.add('INCLUDE_CYCLE', `files include each other in a circle: ${names.join(' → ')}`, place)
      return undefined
    }
    if (chain.length > MAX_INCLUDE_DEPTH) {
      this.#report.add('INCLUDE_CYCLE', `includes are more than ${MAX_INCLUDE_DEPTH} deep`, place)
      return undefined
    }
    if (!this.#files.has(file)) this.#files.set(file, await this.#read(file, [...chain, file], place))
    return this.#files.get(file)
  }

  async #read(file: string, chain: readonly string[], place?: Place): Promise<TopologyYaml | undefined> {
    const text = await this.#text(file, place)
    const root = text === undefined ? undefined : readYaml(text, file, this.#variables, this.#report)
    if (root === undefined) return undefined
    const sections = root.kind === 'map' ? await this.#sectionsIn(root, file) : new Map<string, Section>()
    checkFile(root, shapesWith(sections, this.#known.sectionKeys), this.#report)
    if (root.kind !== 'map') return undefined
    const own = this.#contentOf(root, sections)
    for (const include of mapsAt(root, 'includes')) {
      const path = textAt(include, 'file')
      if (path === undefined) continue
      if (++this.#includes > MAX_INCLUDES) {
        if (this.#includes === MAX_INCLUDES + 1)
          this.#report.add('INCLUDE_CYCLE', `files are included more than ${MAX_INCLUDES} times`, path.place)
        break
      }
      const included = await this.load(await placeOfInclude(include, path.text, chain), chain, path.place)
      if (included !== undefined) merge(own, included, flagAt(include, 'override'))
    }
    return own
  }

  /** A byte order mark says the encoding; bytes that are not text would become names that are not in the file. */
  #decoded(file: string, bytes: Buffer, place?: Place): string {
    const { text, encoding, invalid } = decodeText(bytes)
    if (invalid > 0)
      this.#report.add(
        'INVALID_TEXT',
        `${file} is not valid ${encoding}: ${plural(invalid, 'character')} cannot be read`,
        place,
      )
    return text
  }

  async #text(file: string, place?: Place): Promise<string | undefined> {
    try {
      const size = await sizeOfFile(file)
      this.#bytes += size
      if (size > MAX_FILE_BYTES)
        this.#report.add('YAML_SHAPE', `${file} has ${size} bytes, more than ${MAX_FILE_BYTES}`, place)
      else if (this.#bytes > MAX_BYTES)
        this.#report.add('YAML_SHAPE', `with ${file} the files have more than ${MAX_BYTES} bytes together`, place)
      else return this.#decoded(file, await readFile(file), place)
    } catch (error) {
      this.#report.add('FILE_NOT_FOUND', whyUnreadable(file, error), place)
    }
    return undefined
  }

  async #sectionsIn(root: YamlMap, file: string): Promise<Map<string, Section>> {
    const sections = new Map<string, Section>()
    for (const key of root.entries.keys()) {
      if (isOwnKey(key)) continue
      try {
        const section = await this.#known.sectionOf(key, file)
        if (section !== undefined) sections.set(key, section)
      } catch (error) {
        if (!(error instanceof TyphoonError)) throw error
        this.#report.addError(error)
      }
    }
    return sections
  }

  #contentOf(root: YamlMap, sections: ReadonlyMap<string, Section>): TopologyYaml {
    const repeated = new Set<string>()
    return {
      place: root.place,
      name: child(root, 'name'),
      topologySource: mapAt(root, 'topologySource'),
      config: new Map(mapAt(root, 'config')?.entries),
      aliases: new Map(mapAt(root, 'aliases')?.entries),
      components: this.#byId(root, 'components', repeated),
      spouts: this.#byId(root, 'spouts', repeated),
      bolts: this.#byId(root, 'bolts', repeated),
      repeated,
      streams: new Set(mapsAt(root, 'streams')),
      sections: new Map(
        [...sections].map(([key, section]) => {
          const entries = new Set(mapsAt(root, key))
          return [key, { section, at: root.entries.get(key)!.key, entries }]
        }),
      ),
      workerHooks: new Set(mapsAt(root, 'workerHooks')),
      lost: new Set(Object.entries(NEEDED).flatMap(([section, key]) => (isWhole(root, section, key) ? [] : [section]))),
    }
  }

  #byId(root: YamlMap, section: string, repeated: Set<string>): Map<string, YamlMap> {
    const maps = new Map<string, YamlMap>()
    for (const map of mapsAt(root, section)) {
      const id = textAt(map, 'id')
      if (id === undefined) continue
      if (!maps.has(id.text)) {
        maps.set(id.text, map)
        continue
      }
      repeated.add(id.text)
      this.#report.add('DUPLICATE_ID', `two of the ${section} are called "${id.text}"`, id.place)
    }
    return maps
  }
}

/**
 * A resource is looked for as Storm looks for it in a jar, whose root is here the folder of the topology, or
 * `resources` in it.
 */
async function placeOfInclude(include: YamlMap, path: string, chain: readonly string[]): Promise<string> {
  const here = resolve(dirname(chain.at(-1)!), path)
  const resource = child(include, 'resource')
  if (resource?.kind !== 'scalar' || resource.value !== true) return here
  const inJar = path.replace(/^[\\/]+/, '')
  const folders = [...new Set([dirname(chain.at(-1)!), dirname(chain[0]!)])]
  const places = folders.flatMap((folder) => [resolve(folder, inJar), resolve(folder, 'resources', inJar)])
  for (const place of places) if ((await stat(place).catch(() => undefined))?.isFile()) return place
  return places[0]!
}

/** The key without which an item of the section cannot be used. */
const NEEDED = { spouts: 'id', bolts: 'id', streams: 'to' } as const

function isWhole(root: YamlMap, section: string, key: string): boolean {
  const value = child(root, section)
  if (value === undefined) return true
  return value.kind === 'list' && value.items.every((item) => item.kind === 'map' && textAt(item, key) !== undefined)
}

function merge(own: TopologyYaml, included: TopologyYaml, override: boolean): void {
  const pick = <T>(mine: T | undefined, theirs: T | undefined): T | undefined =>
    override ? (theirs ?? mine) : (mine ?? theirs)
  own.name = pick(own.name, included.name)
  own.topologySource = pick(own.topologySource, included.topologySource)
  mergeInto(own.config, included.config, override)
  mergeInto(own.aliases, included.aliases, override)
  for (const section of ['components', 'spouts', 'bolts'] as const) mergeInto(own[section], included[section], override)
  for (const id of included.repeated) own.repeated.add(id)
  for (const stream of included.streams) own.streams.add(stream)
  for (const [key, theirs] of included.sections) {
    const mine = own.sections.get(key)
    if (mine === undefined) own.sections.set(key, { ...theirs, entries: new Set(theirs.entries) })
    else for (const entry of theirs.entries) mine.entries.add(entry)
  }
  for (const hook of included.workerHooks) own.workerHooks.add(hook)
  for (const section of included.lost) own.lost.add(section)
}

function mergeInto<T>(own: Map<string, T>, included: ReadonlyMap<string, T>, override: boolean): void {
  for (const [key, value] of included) if (override || !own.has(key)) own.set(key, value)
}

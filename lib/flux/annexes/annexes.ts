/**
 * The annexes whose classes and sections a file may name: those that come with Typhoon, and behind them those of the
 * packages that the file's own package depends on. Packages are looked at only for a name that Typhoon does not know,
 * so that none can take one of Typhoon's, and who uses none pays nothing for them.
 */
import type { Annex, Section } from '../../annex/annex.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { nameInStorm } from '../storm/java-classes.ts'
import { annexesOfPackages, type PackageAnnex } from './package-annexes.ts'

export class Annexes {
  readonly #shipped: readonly Annex[]
  /** The annexes of packages, by the file that names something. */
  readonly #packages = new Map<string, Promise<readonly PackageAnnex[]>>()

  /** @param shipped those that come with Typhoon */
  constructor(shipped: readonly Annex[]) {
    this.#shipped = shipped
  }

  /** Names of the classes that come with Typhoon. */
  get classNames(): readonly string[] {
    return this.#shipped.flatMap(({ classes = {} }) => Object.keys(classes))
  }

  /** Keys of the sections that come with Typhoon. */
  get sectionKeys(): readonly string[] {
    return this.#shipped.flatMap(({ sections = {} }) => Object.keys(sections))
  }

  /** All names of classes that a file can write. @throws BAD_ANNEX (rejects) */
  async classNamesAt(file: string): Promise<readonly string[]> {
    const others = await this.#packagesAt(file)
    return [...this.classNames, ...others.flatMap(({ annex: { classes = {} } }) => Object.keys(classes))]
  }

  /**
   * What loads the class of a name in a file; undefined where no annex has it.
   * @throws BAD_ANNEX, AMBIGUOUS_NAME (rejects)
   */
  async classOf(className: string, file: string): Promise<(() => Promise<unknown>) | undefined> {
    const inStorm = nameInStorm(className)
    const isMeant = (known: string): boolean =>
      known === className || (inStorm !== undefined && nameInStorm(known) === inStorm)
    for (const { classes = {} } of this.#shipped)
      for (const [known, load] of Object.entries(classes)) if (isMeant(known)) return load
    return this.#ofPackage(className, file, ({ classes }) => classes)
  }

  /** The section of a key in a file; undefined where no annex has it. @throws BAD_ANNEX, AMBIGUOUS_NAME (rejects) */
  async sectionOf(key: string, file: string): Promise<Section | undefined> {
    for (const { sections = {} } of this.#shipped) if (Object.hasOwn(sections, key)) return sections[key]!()
    return (await this.#ofPackage(key, file, ({ sections }) => sections))?.()
  }

  async #ofPackage<T>(
    name: string,
    file: string,
    table: (annex: Annex) => Readonly<Record<string, T>> | undefined,
  ): Promise<T | undefined> {
    const found = (await this.#packagesAt(file)).filter(({ annex }) => Object.hasOwn(table(annex) ?? {}, name))
    if (found.length > 1) throw ambiguous(name, found)
    return found[0] && table(found[0].annex)![name]
  }

  #packagesAt(file: string): Promise<readonly PackageAnnex[]> {
    let packages = this.#packages.get(file)
    if (packages === undefined) {
      packages = annexesOfPackages(file)
      this.#packages.set(file, packages)
    }
    return packages
  }
}

function ambiguous(name: string, packages: readonly PackageAnnex[]): TyphoonError {
  const names = packages.map((one) => one.name)
  return new TyphoonError('AMBIGUOUS_NAME', `"${name}" comes with several packages: ${names.join(', ')}`, {
    hint: `name the export of the one that is meant: ${names[0]}#…`,
  })
}

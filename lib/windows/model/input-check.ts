/** What a bolt of windows, or a join, finds wrong with what comes to it, before anything runs. */
import type { BoltInput, BoltInputs, InputFinding, Timestamps } from '../../index.ts'
import { suggest } from '../../words/suggest.ts'

/** Collects what is wrong. */
export class InputCheck {
  readonly found: InputFinding[] = []
  readonly #name: string
  readonly #code: 'BAD_WINDOW' | 'BAD_JOIN'

  /** @param name of the class, for messages */
  constructor(name: string, code: 'BAD_WINDOW' | 'BAD_JOIN') {
    this.#name = name
    this.#code = code
  }

  /** The field must be in each of these streams. @param path of the option that names it, where one does */
  field(name: string, streams: readonly BoltInput[], path: string | undefined): void {
    const without = streams.find(({ fields }) => !fields.includes(name))
    if (without === undefined) return
    const { component, stream, fields } = without
    this.found.push({
      code: 'UNKNOWN_FIELD',
      message: `the ${this.#name} needs the field "${name}", which "${component}" does not emit in its stream "${stream}"`,
      where: { from: component, stream, field: name, ...(path === undefined ? {} : { path }) },
      hint: suggest(name, fields),
    })
  }

  /**
   * Something makes watermarks, unless the bolt does itself.
   * @param said by which it goes by those of its sources: an option, or a method
   */
  time({ haveTime, areAll }: BoltInputs, said: { readonly option: string } | { readonly method: string }): void {
    if (haveTime || !areAll) return
    const byItself = 'option' in said ? `this bolt in the place of ${said.option}` : `leave out ${said.method}`
    this.wrong(
      `the ${this.#name} goes by the watermarks of its sources, and none of them has timestamps`,
      'option' in said ? said.option : undefined,
      `give a source timestamps: { field: … }, or ${byItself}`,
    )
  }

  /** Timestamps that are said in options have settings that there are. */
  timestamps(timestamps: Timestamps = {}): void {
    for (const name of Object.keys(timestamps))
      if (!SETTINGS.includes(name))
        this.found.push({
          code: 'BAD_CONFIG',
          message: `timestamps of the ${this.#name} have no setting "${name}"`,
          where: { path: 'timestamps' },
          hint: suggest(name, SETTINGS),
        })
  }

  /** What has one key comes to one task. @param keys fields of which the grouping may name some, and no others */
  grouping(streams: readonly BoltInput[], keys: readonly string[], { tasks }: BoltInputs): void {
    if (tasks === 1) return
    const apart = streams.find(({ grouping: { type, fields = [] } }) =>
      type === 'fields' ? !fields.every((field) => keys.includes(field)) : SCATTERING.includes(type),
    )
    if (apart === undefined) return
    this.wrong(
      `the ${this.#name} has ${tasks} tasks, and what "${apart.component}" emits with one key comes to several of them: it is not grouped by ${keys.join(', ')}`,
      undefined,
      `group the input from "${apart.component}" by the fields ${keys.join(', ')}`,
    )
  }

  wrong(message: string, path: string | undefined, hint: string): void {
    this.found.push({ code: this.#code, message, where: path === undefined ? {} : { path }, hint })
  }
}

const SETTINGS: readonly string[] = ['field', 'extractor', 'lagMs', 'intervalMs', 'partition', 'idleMs']

/** Groupings that take no account of what is in a tuple, or not alone. */
const SCATTERING: readonly string[] = ['shuffle', 'none', 'local-or-shuffle', 'partial-key']

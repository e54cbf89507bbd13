/** Where the dead letters are that a command is about. */
import { existsSync } from 'node:fs'
import { serviceDirectory } from '../../client/settings.ts'
import { type Choice, chosenLetters, dropLetters, editLetter, findLetters } from '../../dead-letters/files.ts'
import type { DamagedLine, FoundLetter } from '../../dead-letters/letters.ts'
import type { WantedLetters } from '../../dead-letters/wanted.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { lettersWritten } from '../../nimbus/written.ts'
import { type DefinitionFlags, load } from '../input/definition.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Letters of one topology, wherever they are. All methods reject with what is wrong. */
export interface LetterStore {
  find(wanted: WantedLetters): AsyncIterable<FoundLetter | DamagedLine>
  choose(choice: Choice): Promise<readonly FoundLetter[]>
  /** @returns those that were taken away */
  drop(choice: Choice): Promise<readonly FoundLetter[]>
  /** @param values in the one text form, by field @returns the letter as it stands there now */
  edit(id: string, values: ReadonlyMap<string, string>): Promise<FoundLetter>
}

/** The letters that a command is given. */
export interface Given extends LetterStore {
  /** Where they are looked for. */
  readonly places: readonly string[]
}

const DEFINITION = /\.(?:ya?ml|flux|m?[jt]s)$/

/**
 * Those of a topology, by its file or by its name in the service of this machine, or of a file.
 * @returns undefined where the topology cannot be loaded: that is said
 * @throws FILE_NOT_FOUND (rejects)
 */
export async function storeOf(given: string, flags: DefinitionFlags, terminal: Terminal): Promise<Given | undefined> {
  if (!DEFINITION.test(given)) return lettersInFiles(existsSync(given) ? [given] : await inService(given))
  const loaded = await load(given, flags, terminal)
  return 'problems' in loaded ? undefined : lettersInFiles(loaded.deadLetterFiles)
}

/** In files of this machine. */
function lettersInFiles(places: readonly string[]): Given {
  return {
    places,
    find: (wanted) => findLetters(places, wanted),
    choose: (choice) => chosenLetters(places, choice),
    drop: (choice) => dropLetters(places, choice),
    edit: (id, values) => editLetter(places, id, values, new Date()),
  }
}

/**
 * The files of a topology of the service of this machine, and of those of its name that were killed.
 * @throws FILE_NOT_FOUND (rejects) where there are none
 */
async function inService(name: string): Promise<string[]> {
  const directory = await serviceDirectory(process.env)
  const found = directory === undefined ? [] : await lettersWritten(directory, name)
  if (found.length > 0) return found
  const service = directory === undefined ? '' : `, and no topology of the service in ${directory} that has any`
  throw new TyphoonError('FILE_NOT_FOUND', `there is no file of dead letters ${name}${service}`, {
    where: { file: name },
    hint: 'give the file of a topology, or its name in the service of this machine, and its dead letters are found',
  })
}

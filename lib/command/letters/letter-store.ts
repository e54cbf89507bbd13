/** Where the dead letters are that a command is about. */
import { existsSync } from 'node:fs'
import { type Choice, chosenLetters, dropLetters, editLetter, findLetters } from '../../dead-letters/files.ts'
import type { DamagedLine, FoundLetter } from '../../dead-letters/letters.ts'
import type { WantedLetters } from '../../dead-letters/wanted.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
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
 * Those of a topology, or of a file.
 * @returns undefined where the topology cannot be loaded: that is said
 * @throws FILE_NOT_FOUND (rejects)
 */
export async function storeOf(given: string, flags: DefinitionFlags, terminal: Terminal): Promise<Given | undefined> {
  if (!DEFINITION.test(given)) return lettersInFiles([existing(given)])
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

/** @throws FILE_NOT_FOUND */
function existing(path: string): string {
  if (existsSync(path)) return path
  throw new TyphoonError('FILE_NOT_FOUND', `there is no file of dead letters ${path}`, {
    where: { file: path },
    hint: 'give the file of a topology, and its dead letters are found',
  })
}

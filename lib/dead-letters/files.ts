/** The dead letters of a topology, in all of its files: found, dropped, edited. */
import { changeLetters } from './change.ts'
import { edited, type NewValues } from './edited.ts'
import { type DamagedLine, type FoundLetter, isLetter, lettersIn } from './letters.ts'
import { named, Wanted, type WantedLetters } from './wanted.ts'

/** Which letters are meant: these, or all that are asked for. */
export type Choice = { readonly ids: readonly string[] } | { readonly wanted: WantedLetters }

/**
 * The letters that are asked for, in the order of the files, and the lines that are none.
 * @throws USAGE, BAD_EXPRESSION, FILE_UNUSABLE (rejects)
 */
export async function* findLetters(
  files: readonly string[],
  asked: WantedLetters,
): AsyncGenerator<FoundLetter | DamagedLine> {
  const wanted = new Wanted(asked)
  for (const file of files)
    for await (const { place: _, ...entry } of lettersIn(file)) if (!isLetter(entry) || wanted.has(entry)) yield entry
  wanted.check()
}

/**
 * The letters that are meant, each once.
 * @throws DEAD_LETTER_UNKNOWN, and as `findLetters` (rejects)
 */
export async function chosenLetters(files: readonly string[], choice: Choice): Promise<readonly FoundLetter[]> {
  const letters: FoundLetter[] = []
  const asked = 'ids' in choice ? {} : choice.wanted
  const prefixes = 'ids' in choice ? choice.ids : ['']
  for await (const entry of findLetters(files, asked))
    if (isLetter(entry) && prefixes.some((prefix) => entry.id.startsWith(prefix))) letters.push(entry)
  return 'ids' in choice ? named(letters, choice.ids) : letters
}

/**
 * Takes letters out of their files: of each file all that are meant, or none.
 * @returns them
 * @throws as `chosenLetters` and `changeLetters` (rejects)
 */
export async function dropLetters(files: readonly string[], choice: Choice): Promise<readonly FoundLetter[]> {
  const letters = await chosenLetters(files, choice)
  for (const file of files) {
    const own = letters.filter((letter) => letter.file === file)
    if (own.length > 0) await changeLetters(file, new Map(own.map(({ id }) => [id, undefined])))
  }
  return letters
}

/**
 * Puts a letter with other values in the place of one.
 * @returns it as it stands there now, under its new id
 * @throws DEAD_LETTER_UNFIT, and as `dropLetters` (rejects)
 */
export async function editLetter(
  files: readonly string[],
  id: string,
  values: NewValues,
  now: Date,
): Promise<FoundLetter> {
  const [letter] = await chosenLetters(files, { ids: [id] })
  const { file } = letter!
  const line = edited(letter!, values, now)
  await changeLetters(file, new Map([[letter!.id, line]]))
  let found: FoundLetter | undefined
  for await (const { place: _, ...entry } of lettersIn(file)) if (isLetter(entry) && entry.text === line) found = entry
  return found ?? letter!
}

/** The token of whoever scrapes a run in the foreground: it stands in a file, so that it outlives the run. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { textIn, writePrivate } from '../identity/file-trouble.ts'
import { newSecret } from '../net/proof.ts'

const LEAST_CHARACTERS = 32

/** The token in a file, which is made where it is missing. @throws FILE_UNUSABLE, BAD_CONFIG (rejects) */
export async function scraperToken(path: string): Promise<string> {
  const kept = await textIn(path)
  if (kept === undefined) {
    const made = newSecret()
    await writePrivate(path, `${made}\n`)
    return made
  }
  const token = kept.trim()
  if (token.length >= LEAST_CHARACTERS && /^[\w~+/.=-]+$/.test(token)) return token
  throw new TyphoonError('BAD_CONFIG', `${path} holds no token: one has ${LEAST_CHARACTERS} characters or more`, {
    where: { file: path },
    hint: 'name a file that is not there yet, and a token is made in it',
  })
}

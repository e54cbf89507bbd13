/**
 * Whether a host reaches the folder in which the topologies of its cluster keep their state: the nimbus leaves a mark
 * there that names the cluster, and a host that finds none, or that of another one, has another folder by that path.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { fileTrouble, writePrivate } from '../../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'
import { clusterName } from './authority.ts'

const MARK = '.cluster'

/**
 * Leaves it.
 * @param ca the certificate of the authority
 * @throws OTHER_CLUSTER where another one's is there, STATE_UNAVAILABLE (rejects)
 */
export async function markState(folder: string, ca: string): Promise<void> {
  const path = join(folder, MARK)
  const found = await readFile(path, 'utf8').catch(() => undefined)
  if (found === nameOf(ca)) return
  if (found !== undefined)
    throw new TyphoonError('OTHER_CLUSTER', `another cluster than "${clusterName(ca)}" keeps its states in ${folder}`, {
      where: { file: path },
      hint: 'name another folder with --state DIR; where that cluster is gone, or this one got a new authority, remove the file',
    })
  try {
    await folderMade(folder, PRIVATE)
    await writePrivate(path, nameOf(ca), STATE)
  } catch (cause) {
    throw fileTrouble(folder, 'written', cause, STATE)
  }
}

const STATE = { code: 'STATE_UNAVAILABLE', hint: 'name a folder that all hosts reach with --state DIR' } as const

/** Looks for it. @throws STATE_NOT_SHARED (rejects) */
export async function checkStateMark(folder: string, ca: string): Promise<void> {
  const found = await readFile(join(folder, MARK), 'utf8').catch(() => undefined)
  if (found === nameOf(ca)) return
  const what = found === undefined ? 'is not there, or cannot be read' : 'is that of another cluster'
  throw new TyphoonError('STATE_NOT_SHARED', `the folder of states ${folder} ${what} on this host`, {
    where: { file: folder },
    hint: 'its snapshots must be reached by all hosts: mount it here under the same path (typhoon nimbus --state DIR)',
  })
}

function nameOf(ca: string): string {
  return createHash('sha256').update(ca).digest('hex')
}

/**
 * Which service is meant: what is said on the command line, or in the environment, or what the last service that began
 * on this machine has left for its user. A token is never said itself, only the file that it is in.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { fileTrouble, writePrivate } from '../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../identity/make-folder.ts'
import { object, type Shaped, text } from '../shape/guards.ts'

/** Where a service is, and the file of the token for it. */
export interface ServiceSettings {
  /** `http://127.0.0.1:6627`; of several nimbuses all, with commas between them. */
  readonly server: string
  readonly tokenFile: string | undefined
  /** Where it keeps the states of its topologies, if it is on this machine. */
  readonly stateFolder?: string | undefined
  /** Its own folder, if it is on this machine. */
  readonly directory?: string | undefined
}

/** What was said on the command line. */
export interface SaidSettings {
  readonly server?: string | undefined
  readonly tokenFile?: string | undefined
}

const saved = object({ server: text(2048) }, { tokenFile: text(4096), stateFolder: text(4096), directory: text(4096) })

/** The port of Storm's nimbus. */
export const DEFAULT_PORT = 6627

/** @throws BAD_CONFIG (rejects) where the file of the user cannot be read */
export async function serviceSettings(
  { server, tokenFile }: SaidSettings,
  env: NodeJS.ProcessEnv,
): Promise<ServiceSettings> {
  const said = (server ?? env['TYPHOON_SERVER'])?.replace(/\/+$/, '')
  const saidFile = tokenFile ?? env['TYPHOON_TOKEN_FILE']
  if (said !== undefined && saidFile !== undefined) return { server: said, tokenFile: saidFile }
  const own = await savedSettings(env)
  // The token of one service is not shown to another.
  const ownFile = said === undefined || said === own?.server ? own?.tokenFile : undefined
  return { server: said ?? own?.server ?? `http://127.0.0.1:${DEFAULT_PORT}`, tokenFile: saidFile ?? ownFile }
}

/**
 * Leaves for the user's commands where the service is.
 * @throws BAD_CONFIG (rejects) where the file cannot be written
 */
export async function saveSettings(settings: ServiceSettings, env: NodeJS.ProcessEnv): Promise<string> {
  const path = settingsFile(env)
  await folderMade(dirname(path), PRIVATE).catch((cause: unknown) => {
    throw fileTrouble(path, 'written', cause, UNUSABLE)
  })
  await writePrivate(path, `${JSON.stringify(settings)}\n`, UNUSABLE)
  return path
}

/**
 * Where the last service that began on this machine keeps the states of its topologies.
 * @throws BAD_CONFIG (rejects) where the file of the user cannot be read
 */
export async function serviceStateFolder(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return (await savedSettings(env))?.stateFolder
}

/**
 * The folder of the last service that began on this machine.
 * @throws BAD_CONFIG (rejects) where the file of the user cannot be read
 */
export async function serviceDirectory(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return (await savedSettings(env))?.directory
}

/** Where a service keeps its files unless told otherwise. */
export function defaultDirectory(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'typhoon')
}

async function savedSettings(env: NodeJS.ProcessEnv): Promise<Shaped<typeof saved> | undefined> {
  const path = settingsFile(env)
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw fileTrouble(path, 'read', error, UNUSABLE)
  })
  if (content === undefined) return undefined
  try {
    const found: unknown = JSON.parse(content)
    if (saved(found)) return found
  } catch {
    // It is said below.
  }
  throw unusable(path, 'it is not what typhoon up has written there')
}

/** Where the last service that began on this machine has left what it is. */
export function settingsFile(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'typhoon', 'service.json')
}

const REMOVE = 'remove it, or name the service with --server URL and --token-file FILE'
const UNUSABLE = { code: 'BAD_CONFIG', hint: REMOVE } as const

function unusable(path: string, why: string): TyphoonError {
  return new TyphoonError('BAD_CONFIG', `${path} cannot be used: ${why}`, {
    where: { file: path },
    hint: REMOVE,
  })
}

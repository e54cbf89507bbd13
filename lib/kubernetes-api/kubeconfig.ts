/**
 * The file by which `kubectl` finds a cluster, as far as it is needed to ask one: a context names an API server, a user
 * and a namespace. A user may be a token, a certificate, or a program that prints one of them.
 */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { parseDocument } from '../flux/yaml/library.ts'
import { flag, list, object, type Shaped, text } from '../shape/guards.ts'
import type { ClusterAccess, Credentials } from './access.ts'

const exec = object({ command: text() }, { args: list(text()), env: list(object({ name: text(), value: text() })) })
const cluster = object(
  { server: text(2048) },
  { 'certificate-authority': text(), 'certificate-authority-data': text(), 'insecure-skip-tls-verify': flag },
)
const user = object(
  {},
  {
    token: text(),
    tokenFile: text(),
    'client-certificate': text(),
    'client-certificate-data': text(),
    'client-key': text(),
    'client-key-data': text(),
    exec,
  },
)
const context = object({ cluster: text(), user: text() }, { namespace: text() })
const file = object(
  {},
  {
    'current-context': text(),
    contexts: list(object({ name: text(), context })),
    clusters: list(object({ name: text(), cluster })),
    users: list(object({ name: text(), user })),
  },
)
const printed = object(
  { status: object({}, { token: text(), clientCertificateData: text(), clientKeyData: text() }) },
  {},
)

/** What the command line says. */
export interface KubeconfigFlags {
  readonly context?: string | undefined
  readonly namespace?: string | undefined
}

/** A part, and the folder that its paths are meant from. */
type Placed<T> = T & { readonly folder: string }

const MOST_BYTES = 4 * 1024 * 1024
const PATIENCE_MS = 60_000

/** @throws BAD_CONFIG (rejects) where a file cannot be used, or says too little */
export async function kubeconfigAccess(flags: KubeconfigFlags, env: NodeJS.ProcessEnv): Promise<ClusterAccess> {
  const paths = (env['KUBECONFIG'] ?? join(homedir(), '.kube/config')).split(delimiter).filter((path) => path !== '')
  const files = (await Promise.all(paths.map(read))).flatMap((one) => one ?? [])
  const said = flags.context ?? files.find((one) => one['current-context'])?.['current-context']
  if (said === undefined || said === '') throw unusable(paths[0], 'it names no current context', 'name one: --context')
  const chosen = named('context', said, files, (one) => one.contexts?.map((each) => ({ ...each, ...each.context })))
  const { server, ...authority } = named('cluster', chosen.cluster, files, (one) =>
    one.clusters?.map((each) => ({ ...each.cluster, name: each.name })),
  )
  const who = named('user', chosen.user, files, (one) => one.users?.map((each) => ({ ...each.user, name: each.name })))
  if (authority['insecure-skip-tls-verify'] === true)
    throw unusable(paths[0], `its cluster "${chosen.cluster}" is not to be verified`, 'give it a certificate-authority')
  if (!server.startsWith('https://')) throw unusable(paths[0], `${server} is not reached by https`)
  const ca = await contentOf(authority, 'certificate-authority')
  return {
    server,
    namespace: flags.namespace ?? chosen.namespace ?? 'default',
    credentials: async () => ({ ca, ...(await credentialsOf(who)) }),
  }
}

async function read(path: string): Promise<Placed<Shaped<typeof file>> | undefined> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unusable(path, messageOf(error))
  })
  if (content === undefined) return undefined
  if (content.length > MOST_BYTES) throw unusable(path, 'it is too large')
  const document = parseDocument(content)
  const found: unknown = document.errors.length > 0 ? undefined : withoutNull(document.toJS({ maxAliasCount: 100 }))
  if (!file(found)) throw unusable(path, 'it is not a kubeconfig')
  return { ...found, folder: dirname(resolve(path)) }
}

/** What is null is not said. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, one]) => one !== null)
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutNull(one)]))
}

/** The first of this name. */
function named<T extends { readonly name: string }>(
  kind: string,
  name: string,
  files: readonly Placed<Shaped<typeof file>>[],
  of: (one: Shaped<typeof file>) => readonly T[] | undefined,
): Placed<T> {
  for (const one of files) {
    const found = of(one)?.find((each) => each.name === name)
    if (found !== undefined) return { ...found, folder: one.folder }
  }
  throw unusable(undefined, `no kubeconfig has a ${kind} "${name}"`)
}

async function credentialsOf(who: Placed<Shaped<typeof user>>): Promise<Credentials> {
  if (who.exec !== undefined) return askProgram(who.exec)
  const token = who.tokenFile === undefined ? who.token : (await textIn(who.folder, who.tokenFile)).trim()
  const [cert, key] = [await contentOf(who, 'client-certificate'), await contentOf(who, 'client-key')]
  return { token, cert, key }
}

/** What stands there, in base64, or in a file. */
async function contentOf<K extends 'certificate-authority' | 'client-certificate' | 'client-key'>(
  from: { readonly folder: string } & { readonly [N in K | `${K}-data`]?: string | undefined },
  key: K,
): Promise<string | undefined> {
  const data = from[`${key}-data`]
  if (data !== undefined) return Buffer.from(data, 'base64').toString()
  const path: string | undefined = from[key]
  return path === undefined ? undefined : textIn(from.folder, path)
}

async function textIn(folder: string, path: string): Promise<string> {
  const full = resolve(folder, path)
  return readFile(full, 'utf8').catch((error) => {
    throw unusable(full, messageOf(error))
  })
}

/** Runs what the user has named in the file, as kubectl does, without a shell. */
async function askProgram({ command, args = [], env = [] }: Shaped<typeof exec>): Promise<Credentials> {
  const info = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', spec: { interactive: false } }
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
  })
  // That of `spawn` would keep this process for a minute where the program is not there.
  const patience = setTimeout(() => child.kill(), PATIENCE_MS).unref()
  const failed = new Promise<never>((_, reject) =>
    child.once('error', (error) => reject(wrong(command, error.message))),
  )
  const said = await Promise.race([textOf(child.stdout), failed]).finally(() => clearTimeout(patience))
  let found: unknown
  try {
    found = withoutNull(JSON.parse(said))
  } catch {
    // It is said below.
  }
  if (!printed(found)) throw wrong(command, 'what it prints is no ExecCredential')
  const { token, clientCertificateData: cert, clientKeyData: key } = found.status
  return { token, cert, key }
}

function wrong(command: string, why: string): TyphoonError {
  return new TyphoonError('KUBERNETES_REFUSED', `the program "${command}" of the kubeconfig gives no access: ${why}`, {
    hint: 'does kubectl work with it?',
  })
}

function unusable(path: string | undefined, why: string, hint = 'does kubectl work with it?'): TyphoonError {
  return new TyphoonError('BAD_CONFIG', `the kubeconfig cannot be used: ${why}`, {
    ...(path === undefined ? {} : { where: { file: path } }),
    hint,
  })
}

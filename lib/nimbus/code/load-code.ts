/** Makes of what is wanted a topology that can be run: its code on the disk, and what it is as plain data. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobDirectory } from '../../bundle/blobs.ts'
import { layOut } from '../../bundle/lay-out.ts'
import type { DefinitionSource } from '../../messaging/control.ts'
import type { Turnstile } from '../../util/turnstile.ts'
import type { Wanted } from '../record/record.ts'
import { BundlePaths } from './bundle-paths.ts'
import type { Copies } from './copies.ts'
import { type Examined, examine } from './examine.ts'
import { checkStateless } from './kept-state.ts'
import type { KnownCode } from './known-code.ts'

/** What is needed for it. */
export interface CodePorts {
  readonly blobs: BlobDirectory
  /** Where topologies keep their state; undefined: there is no such place. */
  readonly stateFolder: string | undefined
  /** The folder of the package of Typhoon. */
  readonly own: string
  /** Loading takes turns: all of a topology's code is loaded. */
  readonly starts: Turnstile
  readonly known: KnownCode
  /** Unless given nobody else has code. */
  readonly copies?: Copies | undefined
}

/**
 * @param name of the topology; that of the definition unless given
 * @param folder for its code
 * @param isAnew what is known of the same code does not count
 * @throws DefinitionError, BAD_BUNDLE, BUNDLE_PLATFORM, MODULE_FAILED, STATE_NOT_SHARED (rejects)
 */
export async function loadCode(
  { blobs, stateFolder, own, starts, known, copies }: CodePorts,
  wanted: Wanted,
  name: string | undefined,
  folder: string,
  isAnew = false,
): Promise<Examined> {
  const { bundle, variables, aliases, config, workers, parallelism } = wanted
  const source: DefinitionSource = {
    file: join(folder, ...bundle.entry.split('/')),
    ...{ variables, aliases },
    config: {
      ...config,
      ...(stateFolder === undefined ? {} : { 'topology.state.dir': stateFolder }),
      ...(workers === undefined ? {} : { 'topology.workers': workers }),
    },
    ...(name === undefined ? {} : { name }),
    ...(parallelism === undefined ? {} : { parallelism }),
  }
  await copies?.gather(bundle.files)
  return starts.pass(async (leave) => {
    await layOut({ manifest: bundle, blobs, own, folder })
    const before = isAnew ? undefined : known.get(wanted, name)
    if (before !== undefined) return { ...before, source }
    const examined = await examine(source, folder, leave).catch((error: unknown) => {
      throw new BundlePaths(folder).error(error)
    })
    if (stateFolder === undefined) checkStateless(examined.topology)
    known.put(wanted, name, folder, examined)
    return examined
  })
}

/** Whether it loads; nothing of it is left. @returns what it is @throws as `loadCode` (rejects) */
export async function tryOut(ports: CodePorts, wanted: Wanted, name: string, folder: string): Promise<Examined> {
  try {
    return await loadCode(ports, wanted, name, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Packages of Typhoon of several versions, as they would be installed: each is the build of this repository, packed,
 * with another version; one speaks another protocol as well, and so works with none of the others.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../../house/sources.ts'

/** One of them. */
export interface Release {
  readonly version: string
  /** The file of its command. */
  readonly command: string
}

/** A minor version before this one, this one, a minor version after it, and one that works with none of them. */
export interface Releases {
  readonly older: Release
  readonly own: Release
  readonly newer: Release
  readonly foreign: Release
}

const VERSION = /"version": "[^"]+"/
const PROTOCOL = /CLUSTER_PROTOCOL = \d+/

/** @param folder of its own */
export function makeReleases(folder: string): Releases {
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const said = execFileSync('npm', packing, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [{ filename, version }] = JSON.parse(said) as [{ filename: string; version: string }]
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const made = (as: string): Release => {
    const place = join(folder, as, 'node_modules')
    mkdirSync(place, { recursive: true })
    execFileSync('tar', ['-xzf', join(folder, filename), '-C', place, '--transform', 's,^package,typhoon,'])
    const own = join(place, 'typhoon')
    symlinkSync(join(ROOT, 'node_modules'), join(own, 'node_modules'))
    change(join(own, 'package.json'), VERSION, `"version": "${as}"`)
    return { version: as, command: join(own, 'dist/bin/typhoon.js') }
  }
  const foreign = made(`${major + 1}.0.0`)
  change(join(foreign.command, '../../lib/cluster/versions.js'), PROTOCOL, 'CLUSTER_PROTOCOL = 99')
  return {
    older: made(minor > 0 ? `${major}.${minor - 1}.0` : '0.0.9'),
    own: made(version),
    newer: made(`${major}.${minor + 1}.0`),
    foreign,
  }
}

function change(path: string, what: RegExp, to: string): void {
  const before = readFileSync(path, 'utf8')
  if (!what.test(before)) throw new Error(`there is no ${what} in ${path}`)
  writeFileSync(path, before.replace(what, to))
}

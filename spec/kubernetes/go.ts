/**
 * The Go that builds Kubernetes. Distributions have older ones, which cannot read its module; but any of them fetches
 * the module in which Go itself is published.
 */
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { callProgram } from '../install-programs.ts'

/** What the module of Kubernetes asks for. */
export const GO_VERSION = '1.26.0'

/** Folders of a Go whose files are programs; a module has none that may be executed. */
const FOLDERS_OF_PROGRAMS = ['bin', `pkg/tool/${platform().replace('-', '_')}`]

/** The path of a Go that is new enough. @throws where it cannot be fetched */
export function goProgram(): string {
  if (isNewEnough(callProgram('go', ['env', 'GOVERSION']).trim())) return 'go'
  console.log(`fetching Go ${GO_VERSION}`)
  const module = `golang.org/toolchain@v0.0.1-go${GO_VERSION}.${platform()}`
  const { Dir: folder } = JSON.parse(callProgram('go', ['mod', 'download', '-json', module])) as { Dir: string }
  for (const part of FOLDERS_OF_PROGRAMS)
    for (const name of readdirSync(join(folder, part))) chmodSync(join(folder, part, name), 0o755)
  return join(folder, 'bin/go')
}

/** @param version such as `go1.26.8` */
function isNewEnough(version: string): boolean {
  const [major, minor] = version.slice('go'.length).split('.').map(Number.parseFloat)
  const [wantedMajor, wantedMinor] = GO_VERSION.split('.').map(Number)
  return major === wantedMajor && minor! >= wantedMinor!
}

/** As Go calls it. */
function platform(): string {
  return `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
}

/**
 * What the daemons of Apache Storm need: Java, and their jars from Maven's repository, ZooKeeper among them. What is
 * missing is installed, where this is Debian and the user may.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'
import { callProgram, installPrograms } from '../install-programs.ts'

/** The release that is tried; its neighbours 2.8.0 and 2.8.4 lack their parent in Maven's repository. */
export const STORM_VERSION = '2.8.3'

/** Folders of jars. */
export interface StormJars {
  /** Of the daemons and workers. */
  readonly lib: string
  /** Of Flux, for topologies. */
  readonly flux: readonly string[]
}

const PACKAGES = { java: 'default-jre-headless', mvn: 'maven', python3: 'python3' } as const

/** @throws where something is missing and cannot be installed */
export function stormJars(): StormJars {
  installPrograms(PACKAGES)
  const folder = join(ROOT, 'node_modules/.cache', `storm-${STORM_VERSION}`)
  if (!existsSync(folder)) fetchJars(folder)
  const flux = join(folder, 'flux')
  return { lib: join(folder, 'lib'), flux: readdirSync(flux).map((name) => join(flux, name)) }
}

/** The folder gets its name when all is in it. */
function fetchJars(folder: string): void {
  console.log(`fetching the jars of Storm ${STORM_VERSION}`)
  const half = `${folder}.${process.pid}`
  mkdirSync(half, { recursive: true })
  writeFileSync(join(half, 'pom.xml'), PROJECT)
  const maven = (goal: string, part: string, ...options: readonly string[]): string =>
    callProgram('mvn', ['-q', '-B', `dependency:${goal}`, `-DoutputDirectory=${join(half, part)}`, ...options], half)
  maven('copy-dependencies', 'lib', '-DincludeScope=runtime')
  for (const one of ['flux-core', 'flux-wrappers'])
    maven('copy', 'flux', `-Dartifact=org.apache.storm:${one}:${STORM_VERSION}`)
  renameSync(half, folder)
}

/** What Maven copies the dependencies of. */
const PROJECT = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>typhoon</groupId><artifactId>storm</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.storm</groupId><artifactId>storm-server</artifactId>
<version>${STORM_VERSION}</version></dependency></dependencies></project>\n`

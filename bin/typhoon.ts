#!/usr/bin/env node
/**
 * The command `typhoon`. It parses nothing itself: lib/command does. Nothing is imported before the version of Node.js
 * is known to do, so that an older one says so in one line, and does not stumble over the first thing that it lacks.
 * This file itself must be read by any.
 */
const NEEDED = '^20.19.0 || >=22.2.0' // what package.json says under "engines"
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]

if (major > 22 || (major === 22 && minor >= 2) || (major === 20 && minor >= 19)) {
  import('../lib/command/main.ts').then(
    ({ main }) => main(process.argv.slice(2)),
    (error: NodeJS.ErrnoException) => {
      // Modules are files: all that are needed are opened at once.
      if (error.code !== 'EMFILE') throw error
      end('error[OUT_OF_DESCRIPTORS]: typhoon cannot load its modules: too few file descriptors (raise ulimit -n)')
    },
  )
} else end(`typhoon needs Node.js ${NEEDED}, but this is ${process.version} (${process.execPath})`)

function end(line: string): void {
  console.error(line)
  process.exitCode = 1
}

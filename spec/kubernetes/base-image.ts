/**
 * A base image for tests, made of the programs of this machine: Node.js, npm, a shell and what it needs, with the
 * libraries that they are linked to. So no registry of images is asked.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const PROGRAMS = ['node', 'sh', 'env', 'rm', 'mkdir', 'chown', 'cat', 'ls']
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
const USERS = ['root:x:0:0::/:/bin/sh', 'node:x:1000:1000::/tmp:/bin/sh', ''].join('\n')

/** Fills a folder with the root of such an image. */
export function makeRoot(root: string): void {
  for (const folder of ['usr/bin', 'tmp', 'etc/ssl/certs', 'root', 'home/node', 'usr/local/bin', 'var/lib', 'run'])
    mkdirSync(join(root, folder), { recursive: true })
  chmodSync(join(root, 'tmp'), 0o1777)
  symlinkSync('usr/bin', join(root, 'bin'))
  for (const name of PROGRAMS) {
    const path = realpathSync(which(name))
    copyFileSync(path, join(root, 'usr/bin', name))
    for (const library of librariesOf(path)) copyInto(root, library)
  }
  const npm = realpathSync(which('npm'))
  const folder = dirname(dirname(npm))
  cpSync(folder, join(root, folder), { recursive: true, dereference: true })
  symlinkSync(npm, join(root, 'usr/bin/npm'))
  copyInto(root, CERTIFICATES)
  writeFileSync(join(root, 'etc/passwd'), USERS)
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
}

/** Where npm finds packages, as for who builds; to be mounted where it looks. */
export function npmSettings(): string {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  return `registry=${registry}\ncafile=${CERTIFICATES}\n`
}

function which(name: string): string {
  return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim()
}

function librariesOf(program: string): string[] {
  const said = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...said.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!)
}

/** Under the same path, whatever it is a link to. */
function copyInto(root: string, path: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true })
  copyFileSync(realpathSync(path), join(root, path))
}

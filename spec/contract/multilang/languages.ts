/** The children that the contract is played with: one program for each language, with the same components. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedFolder } from '../../folder.ts'

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const FIXTURES = join(ROOT, 'spec/contract/multilang')
/** As it was compiled: what it imports of `lib` is then the same modules that run it. */
const COMPILED = fileURLToPath(new URL('./typhoon/components.js', import.meta.url))

export interface Language {
  readonly name: string
  /** How one of the components is started. */
  command(component: string): readonly string[]
  /** What the machine must have. */
  readonly needs: readonly [program: string, ...args: string[]]
  /** What has to be made before the first component is started. */
  build?(): void
  /** The number with which it sends logs of level trace, if it has no such level. */
  readonly trace?: number
}

const goProgram = join(sharedFolder(), 'components')

/** All of them. */
export const LANGUAGES: readonly Language[] = [
  {
    name: 'Python',
    needs: ['python3', '--version'],
    command: (component) => ['python3', join(FIXTURES, 'python/components.py'), component],
  },
  {
    name: 'JavaScript',
    needs: [process.execPath, '--version'],
    command: (component) => [process.execPath, join(FIXTURES, 'javascript/components.js'), component],
  },
  {
    name: 'Ruby',
    needs: ['ruby', '--version'],
    command: (component) => ['ruby', join(FIXTURES, 'ruby/components.rb'), component],
  },
  { name: 'Go', needs: ['go', 'version'], build: buildGo, command: (component) => [goProgram, component] },
  {
    name: 'typhoon shell',
    needs: [process.execPath, '--version'],
    trace: 1,
    command: (component) => [
      process.execPath,
      join(ROOT, 'dist/bin/typhoon.js'),
      'shell',
      `${COMPILED}#${exportOf(component)}`,
    ],
  },
]

/** Whether the machine has what the language needs. */
export function isInstalled({ needs: [program, ...args] }: Language): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

function buildGo(): void {
  const { status, stderr } = spawnSync('go', ['build', '-o', goProgram, '.'], {
    cwd: join(FIXTURES, 'go'),
    encoding: 'utf8',
  })
  if (status !== 0 || !existsSync(goProgram)) throw new Error(`go build failed: ${stderr}`)
}

/** `classic-spout` → `ClassicSpout`; every face of Typhoon's own is one. */
function exportOf(component: string): string {
  if (component === 'classic-echo') return 'Echo'
  return component.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

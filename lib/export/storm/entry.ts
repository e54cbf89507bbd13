/**
 * The module that a bundle begins with, as text: it imports what the topology is made of, and runs one component of it.
 * What stood in a file is in it as data, with its variables filled in; so the file is not needed where it runs.
 */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { textAt, type YamlMap } from '../../annex/yaml-value.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { LoadedTopology } from '../../run/index.ts'

const CHILD = fileURLToPath(new URL('./child/run-component.js', import.meta.url))

/** Where the classes stand that a file may name by their bare names. */
const FACES = ['components', 'windows', 'joins', 'components/storm-examples'].map((face) =>
  fileURLToPath(new URL(`../../${face.includes('/') ? face : `${face}/index`}.js`, import.meta.url)),
)

/** @throws CANNOT_BUNDLE (rejects) where the place of a class is not known */
export async function entryOf({ definition, origin, source }: LoadedTopology): Promise<string> {
  const { config, variables } = source
  if (origin === undefined)
    return program('ofModule', [`() => import(${literal(source.file)})`, literal({ config, variables })])
  const beans = async (ids: Iterable<readonly [string, YamlMap]>): Promise<string> => {
    const all = await Promise.all([...ids].map(async ([id, bean]) => `[${literal(id)}]: ${await loaded(bean)}`))
    return `{ ${all.join(', ')} }`
  }
  const loaded = async (bean: YamlMap): Promise<string> => {
    const { module, name } = origin.placeOf(bean) ?? (await placeOfShipped(bean, origin.named(bean)))
    const load = `async () => (await import(${literal(module)}))[${literal(name)}]`
    return `{ bean: ${literal(bean)}, load: ${load} }`
  }
  const components = await beans(origin.components)
  const { topologySource } = origin
  if (topologySource !== undefined) {
    const method = textAt(topologySource, 'methodName')?.text ?? 'getTopology'
    return program('ofSource', [await loaded(topologySource), components, literal(method), literal(config)])
  }
  const vertices = Object.keys(definition.topology.components).map((id) => [id, origin.vertex(id)!] as const)
  return program('ofBeans', [await beans(vertices), components])
}

/** What the module imports; it is there as text alone. */
type Child = typeof import('./child/run-component.ts')

function program(make: Exclude<keyof Child, 'runComponent'>, args: readonly string[]): string {
  const imports = `import { ${make}, runComponent } from ${literal(CHILD)}`
  return `${imports}\nawait runComponent(${make}(${args.join(', ')}))\n`
}

/** The module and the name of a class that a file names by its bare name. */
async function placeOfShipped(bean: YamlMap, named: unknown): Promise<{ module: string; name: string }> {
  for (const module of FACES) {
    const exports = (await import(module)) as Readonly<Record<string, unknown>>
    const found = Object.entries(exports).find(([, value]) => value === named)
    if (found !== undefined) return { module, name: found[0] }
  }
  const className = textAt(bean, 'className')!
  throw new TyphoonError('CANNOT_BUNDLE', `where "${className.text}" comes from is not known`, {
    where: { ...className.place },
    hint: 'name its module and its export: some-package#Export',
  })
}

/** Plain data, lists, maps and whole numbers of any size as JavaScript has them. */
function literal(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (value instanceof Map) return `new Map(${literal([...value])})`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const entries = Object.entries(value).map(([key, one]) => `[${JSON.stringify(key)}]: ${literal(shortened(key, one))}`)
  return `{ ${entries.join(', ')} }`
}

/** Of a place in a file its name and line are enough, and those are no secret. */
function shortened(key: string, value: unknown): unknown {
  if (key !== 'place' && key !== 'key') return value
  const { file, line, column } = Object(value)
  return typeof file === 'string' && typeof line === 'number'
    ? { file: basename(file), line, column, source: '' }
    : value
}

#!/usr/bin/env node
/**
 * `npm create typhoon@latest [FOLDER] [-- --template NAME]`: copies a template into a folder that is empty or not there
 * yet. A template is a project that is whole by itself; only its name becomes that of the folder, and `gitignore`, which
 * npm would leave out under its right name, gets its dot.
 */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const TEMPLATES = fileURLToPath(new URL('templates/', import.meta.url))
/** What each is, in the order in which they are listed; the first one is taken unless another is named. */
const ABOUT = {
  typescript: 'spouts and bolts in TypeScript',
  yaml: 'a topology in YAML, of components that come with Typhoon',
  python: 'a topology in YAML with a bolt in Python',
  trident: 'micro-batches with state, in TypeScript',
  'exactly-once': 'a topology in YAML whose file of results has no line missing or doubled',
}
const USAGE = `Usage: npm create typhoon@latest FOLDER -- --template NAME

Templates:
${Object.entries(ABOUT)
  .map(([name, about]) => `  ${name.padEnd(13)} ${about}`)
  .join('\n')}`

class WrongUsage extends Error {}

/** @param argv the arguments, without those of Node.js @returns what to print */
function create(argv) {
  const { values, positionals } = parsed(argv)
  if (values.help === true) return USAGE
  if (positionals.length > 1) throw new WrongUsage('one folder can be made at a time')
  const { template = 'typescript' } = values
  if (!Object.hasOwn(ABOUT, template)) throw new WrongUsage(`there is no template "${template}"`)
  const folder = resolve(positionals[0] ?? 'my-topology')
  if (existsSync(folder) && readdirSync(folder).some((name) => name !== '.git'))
    throw new WrongUsage(`${folder} is not empty: nothing in it is touched`)
  cpSync(join(TEMPLATES, template), folder, { recursive: true })
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'))
  const file = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, `${JSON.stringify({ ...manifest, name: nameOf(folder) }, undefined, 2)}\n`)
  const where = relative(process.cwd(), folder)
  return [`${folder} has ${ABOUT[template]}. Next:`, ...(where === '' ? [] : [`  cd ${where}`]), ...NEXT].join('\n')
}

const NEXT = ['  npm install', '  npm test', '  npm start']

function parsed(argv) {
  try {
    const options = { template: { type: 'string', short: 't' }, help: { type: 'boolean', short: 'h' } }
    return parseArgs({ args: argv, allowPositionals: true, options })
  } catch (error) {
    throw new WrongUsage(error.message)
  }
}

/** A name that npm takes. */
function nameOf(folder) {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+/, '')
  return name.slice(0, 200) || 'my-topology'
}

try {
  console.log(create(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof WrongUsage ? `${error.message}\n\n${USAGE}` : `error: ${error.message}`)
  process.exitCode = error instanceof WrongUsage ? 2 : 1
}

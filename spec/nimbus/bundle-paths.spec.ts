/** Places in the code of a topology, as its user knows them. */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { DefinitionError, TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { BundlePaths } from '../../lib/nimbus/code/bundle-paths.ts'
import { folderOf } from '../folder.ts'

test('paths below the folder of the code are named from there, however they are reached', (t) => {
  const real = folderOf(t)
  const link = join(folderOf(t), 'link')
  symlinkSync(real, link)
  const paths = new BundlePaths(link)
  const file = join('lib', 'a.mjs')
  for (const path of [join(link, file), join(real, file), pathToFileURL(join(real, file)).href])
    t.is(paths.text(`at f (${path}:1:2)`), `at f (${file}:1:2)`)
  t.is(paths.text(`${real}-other/a.mjs`), `${real}-other/a.mjs`)
})

test('an error stays what it is, with all of its places', (t) => {
  const folder = folderOf(t)
  const where = { file: join(folder, 'a.yaml'), line: 3 }
  const paths = new BundlePaths(folder)
  const finding = { code: 'BAD_CONFIG', message: `${folder}/x is not there`, where, hint: `see ${folder}/y` } as const
  const one = paths.error(new TyphoonError(finding.code, finding.message, finding))
  const many = paths.error(new DefinitionError([finding, finding]))
  const wanted = { code: 'BAD_CONFIG', message: 'x is not there', where: { file: 'a.yaml', line: 3 }, hint: 'see y' }
  t.deepEqual((one as TyphoonError).problems as unknown, [wanted])
  t.true(many instanceof DefinitionError)
  t.deepEqual((many as TyphoonError).problems as unknown, [wanted, wanted])
  t.is(paths.error('no error'), 'no error')
})

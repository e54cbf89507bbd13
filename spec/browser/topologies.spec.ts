/** The page of all topologies, and how one comes to it. */
import { beganService, browserTest, openPage } from './browser.ts'

const NUMBERS = `name: numbers
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1000000000] }
bolts:
  - { id: none, className: NullBolt }
streams:
  - { from: numbers, to: none, grouping: { type: SHUFFLE } }
`

browserTest('a browser is let in by a code, once, and sees topologies as they come and change', async (t) => {
  const { ask, submit, address } = await beganService(t, { 'numbers.yaml': NUMBERS })
  const inside = await address()
  const page = await openPage(t, inside)
  await page.getByText('There is no topology yet').waitFor()
  t.is(new URL(page.url()).hash, '')
  await submit('numbers.yaml')
  await page.getByRole('link', { name: 'numbers' }).waitFor()
  await page.getByText('ACTIVE', { exact: true }).waitFor()
  t.is((await ask('deactivate', 'numbers')).code, 0)
  await page.getByText('INACTIVE', { exact: true }).waitFor()

  await page.reload()
  await page.getByRole('link', { name: 'numbers' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Or show a token').waitFor()

  const late = await openPage(t, inside)
  await late.getByLabel('Or show a token').fill('wrong')
  await late.getByRole('button', { name: 'Sign in' }).click()
  await late.getByRole('alert').waitFor()
})

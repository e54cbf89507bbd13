/** Tuple trees in the page: which are followed, those that have failed, and one over time. */
import { barriers, beganService, browserTest, openPage } from './browser.ts'
import { BOLTS, ORDERS } from './topologies-to-look-at.ts'

browserTest('a tree that has failed is found, and shown over time; so is the next one', async (t) => {
  const { submit, address } = await beganService(t, { 'bolts.mjs': BOLTS, 'orders.yaml': ORDERS })
  await submit('orders.yaml')
  const page = await openPage(t, await address())
  await page.getByRole('link', { name: 'orders' }).click()
  await page.getByRole('link', { name: 'Tuple trees' }).click()
  await page.getByText('None is followed now.').waitFor()
  await page.getByRole('button', { name: 'Show the next root' }).click()
  const tuples = page.getByRole('region', { name: 'Tuples' })
  await tuples.getByRole('rowheader', { name: /^parse/ }).waitFor()
  t.deepEqual(await barriers(page), [])
  await page.getByRole('combobox', { name: /^Followed/ }).selectOption('every root')
  const failed = page.getByRole('region', { name: 'Failed roots' })
  await failed
    .getByRole('link', { name: /^[0-9a-f]{16}$/ })
    .first()
    .click()
  await page.getByRole('heading', { name: /^Root [0-9a-f]{16}$/, level: 1 }).waitFor()
  await tuples.getByRole('row', { name: /^parse.*failed/ }).waitFor()
  await tuples.getByText('<img src=x onerror="window.injected=1">').first().waitFor()
  t.is(await page.evaluate('window.injected'), undefined)
  t.deepEqual(await barriers(page), [])
})

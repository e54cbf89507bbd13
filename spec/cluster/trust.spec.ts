/** The authority of a cluster, its certificates, and the tokens by which hosts join: whatever is damaged is refused. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { Authority, holderOf, isProcessName } from '../../lib/cluster/trust/authority.ts'
import { checkJoinToken, makeJoinToken, readJoinToken } from '../../lib/cluster/trust/join-token.ts'
import { checkStateMark, markState } from '../../lib/cluster/trust/state-mark.ts'
import { folderOf } from '../folder.ts'

const NOW = new Date('2026-11-30T12:00:00Z')
const DAY_MS = 24 * 60 * 60 * 1000
const now = (): Date => NOW
const later = (ms: number): Date => new Date(NOW.getTime() + ms)
const NIMBUS = ['https://10.0.0.1:6628']

test('a certificate says what a process is, which one, and where; an authority that is opened again makes such', async (t) => {
  const folder = join(folderOf(t), 'authority')
  const first = await Authority.open(folder, now, true)
  const again = await Authority.open(folder, now, true)
  t.is(first.ca, again.ca)
  t.is(first.seal('1'), again.seal('1'))
  const { cert, key, ca } = await again.issue({
    role: 'supervisor',
    name: 'host-2',
    hosts: ['10.0.0.2', 'storm-2.example.org'],
    days: 7,
  })
  const certificate = new X509Certificate(cert)
  t.true(
    certificate.checkIssued(new X509Certificate(ca)) && certificate.verify(new X509Certificate(first.ca).publicKey),
  )
  t.deepEqual(holderOf(certificate.subject.replace('CN=', '')), { role: 'supervisor', name: 'host-2' })
  t.truthy(certificate.checkIP('10.0.0.2') && certificate.checkHost('storm-2.example.org'))
  t.is(certificate.checkIP('10.0.0.1'), undefined)
  t.false(certificate.ca)
  t.true(key.startsWith('-----BEGIN PRIVATE KEY-----'))
  // The clock of another host may be ten minutes behind.
  t.true(Date.parse(certificate.validFrom) <= NOW.getTime() - 10 * 60_000)
  t.is(Date.parse(certificate.validTo), NOW.getTime() + 7 * DAY_MS)
})

test('the key of an authority is read by its owner alone; one that is incomplete or damaged is not used', async (t) => {
  const folder = join(folderOf(t), 'authority')
  await Authority.open(folder, now, true)
  for (const name of readdirSync(folder)) t.is(statSync(join(folder, name)).mode & 0o077, 0, name)
  t.is(statSync(folder).mode & 0o077, 0)
  const key = readFileSync(join(folder, 'key.pem'), 'utf8')
  for (const content of ['', 'no key', key.slice(0, 100)]) {
    writeFileSync(join(folder, 'key.pem'), content)
    await t.throwsAsync(Authority.open(folder, now, true), { code: 'BAD_CONFIG' }, content)
  }
  rmSync(join(folder, 'key.pem'))
  await t.throwsAsync(Authority.open(folder, now, true), { code: 'BAD_CONFIG' })
  t.deepEqual(readdirSync(folder), ['ca.pem'])
})

test('who has no certificate of a cluster is nobody', (t) => {
  fc.assert(fc.property(fc.anything(), (said) => typeof said === 'string' || holderOf(said) === undefined))
  fc.assert(
    fc.property(fc.string(), (name) => {
      const holder = holderOf(`typhoon worker ${name}`)
      return isProcessName(name) ? holder?.name === name : holder === undefined
    }),
  )
  t.is(holderOf('typhoon master a'), undefined)
})

test('a token lets join until its time is over, and only its own cluster', async (t) => {
  const folder = folderOf(t)
  const authority = await Authority.open(join(folder, 'one'), now, true)
  const other = await Authority.open(join(folder, 'other'), now, true)
  const token = readJoinToken(`  ${makeJoinToken(authority, NIMBUS, later(DAY_MS))}\n`)
  t.deepEqual(token.nimbus, NIMBUS)
  t.notThrows(() => checkJoinToken(token, authority, later(DAY_MS - 1)))
  t.throws(() => checkJoinToken(token, authority, later(DAY_MS)), { code: 'JOIN_REFUSED' })
  t.throws(() => checkJoinToken(token, other, NOW), { code: 'JOIN_REFUSED' })
  t.throws(() => checkJoinToken({ ...token, expires: token.expires + 1 }, authority, NOW), { code: 'JOIN_REFUSED' })
})

test('a token of which a character is another one, or is missing, lets nobody join', async (t) => {
  const authority = await Authority.open(folderOf(t), now, true)
  const made = makeJoinToken(authority, NIMBUS, later(DAY_MS))
  const whole = readJoinToken(made)
  const refused = (text: string): boolean => {
    try {
      const read = readJoinToken(text)
      // What it says elsewhere is not sealed, and misleads the host alone that has the token.
      if (read.expires === whole.expires && read.seal === whole.seal) return true
      checkJoinToken(read, authority, NOW)
      return false
    } catch (error) {
      return (error as { code?: string }).code === 'JOIN_REFUSED'
    }
  }
  const at = fc.nat(made.length - 1)
  t.true(refused(''))
  fc.assert(
    fc.property(at, fc.constantFrom(...'aZ0-_.={ \n'), (index, other) => {
      return refused(made.slice(0, index) + other + made.slice(index + 1))
    }),
  )
  fc.assert(fc.property(at, (length) => refused(made.slice(0, length))))
  fc.assert(fc.property(fc.string(), (text) => refused(text) && refused(`typhoon-join.${text}`)))
  fc.assert(fc.property(fc.json(), (text) => refused(`typhoon-join.${Buffer.from(text).toString('base64url')}`)))
})

test('a host that does not find the mark of its cluster has another folder of states', async (t) => {
  const folder = folderOf(t)
  await markState(join(folder, 'state'), 'one')
  await t.notThrowsAsync(checkStateMark(join(folder, 'state'), 'one'))
  await t.throwsAsync(checkStateMark(join(folder, 'state'), 'other'), { code: 'STATE_NOT_SHARED' })
  await t.throwsAsync(checkStateMark(folder, 'one'), { code: 'STATE_NOT_SHARED' })
  // A nimbus of another cluster does not take it over.
  const { ca } = await Authority.open(join(folder, 'authority'), () => new Date(), true)
  await t.throwsAsync(markState(join(folder, 'state'), ca), { code: 'OTHER_CLUSTER' })
  await t.notThrowsAsync(checkStateMark(join(folder, 'state'), 'one'))
  writeFileSync(join(folder, 'file'), '')
  chmodSync(join(folder, 'file'), 0o400)
  await t.throwsAsync(markState(join(folder, 'file'), 'one'), { code: 'STATE_UNAVAILABLE' })
})

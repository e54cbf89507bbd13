/** Who may ask a server over HTTP. */
import type { IncomingHttpHeaders } from 'node:http'
import test from 'ava'
import { Guard, type GuardOptions, type Objection } from '../../lib/net/guard.ts'

const LOCAL = { host: '127.0.0.1', token: undefined, tokenName: 'key.of.the.token' }
const TOKEN = { ...LOCAL, token: 'open-sesame' }
const ASKED = { host: 'localhost:80' }

const CASES: [string, GuardOptions, IncomingHttpHeaders, Objection | undefined][] = [
  ['a program on this machine', LOCAL, ASKED, undefined],
  ['one that names the address', LOCAL, { host: '[::1]:80' }, undefined],
  ['one that names no host', LOCAL, {}, 'foreign host'],
  ['a page by a name that leads here (DNS rebinding)', LOCAL, { host: 'evil.example.org' }, 'foreign host'],
  ['any name where the server is for other hosts', { ...LOCAL, host: '0.0.0.0' }, { host: 'here.example' }, undefined],
  ['a page of another server', LOCAL, { ...ASKED, origin: 'http://evil.example.org' }, 'foreign page'],
  ['a page of its own', LOCAL, { ...ASKED, origin: 'http://localhost:80' }, undefined],
  ['a page of its own over TLS', { ...LOCAL, isSecure: true }, { ...ASKED, origin: 'https://localhost:80' }, undefined],
  [
    'a page that came without TLS',
    { ...LOCAL, isSecure: true },
    { ...ASKED, origin: 'http://localhost:80' },
    'foreign page',
  ],
  ['a page that says no origin', LOCAL, { ...ASKED, 'sec-fetch-site': 'cross-site' }, 'foreign page'],
  ['who shows the token', TOKEN, { ...ASKED, authorization: 'Bearer open-sesame' }, undefined],
  ['who shows none', TOKEN, ASKED, 'no token'],
  ['who shows another one', TOKEN, { ...ASKED, authorization: 'Bearer open' }, 'wrong token'],
  ['who shows it in another way', TOKEN, { ...ASKED, authorization: 'Basic open-sesame' }, 'wrong token'],
]

for (const [who, options, headers, expected] of CASES)
  test(`${who}: ${expected ?? 'may ask'}`, (t) => {
    t.is(new Guard(options).judge(headers), expected)
  })

test('a token that no client can show is an error of its configuration', (t) => {
  for (const token of ['', 'two words', 'x'.repeat(1025)])
    t.throws(() => new Guard({ ...LOCAL, token }), { code: 'BAD_CONFIG', message: /^key\.of\.the\.token / })
})

import { rankOf } from './spec/threads.mjs'

export default {
  files: ['dist/spec/**/*.spec.js', 'dist/rooms/*.spec.js'],
  timeout: '2m',
  sortTestFiles: (a, b) => rankOf(a) - rankOf(b) || a.localeCompare(b),
}

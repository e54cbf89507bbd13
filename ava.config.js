/** The folders of specifications that wait for processes: the longest ones, so they begin first. See spec/run.mjs. */
const LONG = /\/spec\/(?:processes|children)\//

export default {
  files: ['dist/spec/**/*.spec.js', 'dist/rooms/*.spec.js'],
  timeout: '2m',
  sortTestFiles: (a, b) => Number(LONG.test(b)) - Number(LONG.test(a)) || a.localeCompare(b),
}

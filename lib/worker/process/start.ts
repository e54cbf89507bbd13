/**
 * What the supervisor starts: it loads the worker. Modules are files, and all that are needed are opened at once; where
 * the process may not have so many open, it says so in one line.
 */
try {
  await import('./main.ts')
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
  console.error(
    'error[OUT_OF_DESCRIPTORS]: a worker cannot load its modules: too few file descriptors (raise ulimit -n)',
  )
  process.exit(1)
}

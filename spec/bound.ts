/**
 * How long a test waits for what a real process does. A wait ends when it comes, so the bound costs nothing where all
 * is well: only what hangs reaches it, however slow the machine is. It lies below the limit of AVA, so that the test
 * itself says what did not come.
 */
export const BOUND_MS = 100_000

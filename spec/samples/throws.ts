/** A module that cannot be loaded. */
export const settings = { retries: 3 }

if (settings.retries > 2) throw new Error('too many retries')

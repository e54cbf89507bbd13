/** How the page is built: from what lies here alone, into files whose names change when they do. */
export default {
  root: 'lib/ui/page',
  base: '/',
  build: {
    outDir: '../../../dist/lib/ui/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 250,
  },
}

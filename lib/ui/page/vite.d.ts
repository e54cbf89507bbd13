/** What the builder of the page adds to imports. */
declare module '*?worker&url' {
  const url: string
  export default url
}

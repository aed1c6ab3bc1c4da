/** Which recordings have every word of a search in their titles: words are parted by blanks, which Chinese titles have none of. Pure. */
export function found<Entry extends { title: string }>(entries: Entry[], search: string): Entry[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  return entries.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)))
}

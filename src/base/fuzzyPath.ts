/** How well what a person typed fits a path with slashes: the lower, the better; undefined if it does not. */
export function fuzzyRank(path: string, typed: string): number | undefined {
  const all = path.toLowerCase();
  const name = all.slice(all.lastIndexOf('/') + 1);
  let worst = 0;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    const rank = rankOfWord(all, name, word);
    if (rank === undefined) return undefined;
    worst = Math.max(worst, rank);
  }
  return worst;
}

function rankOfWord(path: string, name: string, word: string): number | undefined {
  if (name === word) return 0;
  if (name.startsWith(word)) return 1;
  if (name.includes(word)) return 2;
  if (path.includes(word)) return 3;
  if (hasInOrder(name, word)) return 4;
  return hasInOrder(path, word) ? 5 : undefined;
}

/** Whether the letters of a word stand in a text one after the other, with anything between. */
function hasInOrder(text: string, word: string): boolean {
  let at = -1;
  for (const letter of word) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

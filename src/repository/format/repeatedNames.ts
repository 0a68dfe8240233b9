import type { Node } from './node.ts';

/**
 * Gives names of their own to nodes of a sorted list that have the name of another one, as other programs have
 * written them: `a.txt` is followed by `a (2).txt`. The first keeps the name. Returns whether there were any; then the
 * list has to be sorted again.
 */
export function renameRepeated(nodes: readonly Node[]): boolean {
  const taken = new Set(nodes.map((node) => node.name));
  if (taken.size === nodes.length) return false;
  let before: string | undefined;
  let number = 1;
  for (const node of nodes) {
    if (node.name !== before) {
      before = node.name;
      number = 1;
      continue;
    }
    do number++;
    while (taken.has(numberedName(before, number)));
    node.nameBefore = before;
    node.name = numberedName(before, number);
    taken.add(node.name);
  }
  return true;
}

function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const end = dot > 0 ? dot : name.length;
  return `${name.slice(0, end)} (${number})${name.slice(end)}`;
}

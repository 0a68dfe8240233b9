/**
 * The name of the folder that holds the copy of a workspace folder. A workspace, trusted or not, calls its folders as it
 * likes, `../..` too: the copy lies right in the folder of the target all the same. `windows`: by the rules there.
 */
export function copyName(folderName: string, windows: boolean): string {
  const forbidden = windows ? /[<>:"/\\|?*\u0000-\u001f]|[. ]+$/g : /[/\u0000]/g;
  const name = folderName.replace(forbidden, (characters) => '_'.repeat(characters.length));
  return /^\.{0,2}$/.test(name) ? name.padEnd(1, '_').replaceAll('.', '_') : name;
}

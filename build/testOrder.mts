import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The usual order of test files, but that those of the project `windows` do not come one after the other. In Wine one
 * waits for the other, which would leave as many processors idle as there are files in a row.
 */
export class WindowsApart extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isInWine = ({ project }: TestSpecification) => project.name === 'windows';
    const windows = sorted.filter(isInWine);
    const editors = sorted.filter(({ project }) => project.name === 'vscode');
    const others = sorted.filter((file) => !windows.includes(file) && !editors.includes(file));
    return [...others, ...spread(windows, editors)];
  }
}

/** Puts `few` in equal distances among `many`, beginning with one of them. */
export function spread<T>(few: readonly T[], many: readonly T[]): T[] {
  const distance = Math.ceil(many.length / Math.max(1, few.length));
  const all = few.flatMap((one, at) => [one, ...many.slice(at * distance, (at + 1) * distance)]);
  return few.length === 0 ? [...many] : all;
}

import type * as vscode from 'vscode';

/** In the state of the workspace: what was asked of the folders that are not protected, by their addresses. */
const KEY = 'protectAnswers';

type Answers = Readonly<Record<string, 'asked' | 'declined'>>;
type Context = Pick<vscode.ExtensionContext, 'workspaceState'>;

/** Whether a person was asked to protect this folder, whatever they said. */
export function wasAsked(context: Context, folder: vscode.WorkspaceFolder): boolean {
  return answersOf(context)[folder.uri.toString()] !== undefined;
}

/** Whether a person said that this folder is not to be protected. */
export function isDeclined(context: Context, folder: vscode.WorkspaceFolder): boolean {
  return answersOf(context)[folder.uri.toString()] === 'declined';
}

/** Notes of folders that a person is asked, or what they said. */
export async function noteAnswer(
  context: Context,
  folders: readonly vscode.WorkspaceFolder[],
  answer: 'asked' | 'declined',
): Promise<void> {
  const noted = Object.fromEntries(folders.map(({ uri }) => [uri.toString(), answer]));
  await context.workspaceState.update(KEY, { ...answersOf(context), ...noted });
}

function answersOf({ workspaceState }: Context): Answers {
  return workspaceState.get<Answers>(KEY, {});
}

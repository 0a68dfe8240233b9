import * as vscode from 'vscode';

/** What a person searches for in snapshots. */
export interface SearchQuery {
  readonly text: string;
  readonly isRegex: boolean;
  readonly ignoreCase: boolean;
  /** As those of `cairn find`; `!` before one leaves files out. None: all files. */
  readonly globs: readonly string[];
}

/** Asks for it, beginning with what was asked for before; undefined if that was cancelled. */
export async function askQuery(before: SearchQuery): Promise<SearchQuery | undefined> {
  for (let query: SearchQuery | undefined = before; query;) {
    const answer: Answer | undefined = await askText(query);
    if (!answer?.wantsGlobs) return answer?.query;
    query = { ...answer.query, globs: (await askGlobs(answer.query.globs)) ?? answer.query.globs };
  }
  return undefined;
}

interface Answer {
  readonly query: SearchQuery;
  readonly wantsGlobs: boolean;
}

function askText(before: SearchQuery): Promise<Answer | undefined> {
  const input = vscode.window.createInputBox();
  let query = before;
  let answer: Answer | undefined;
  const draw = () => {
    input.prompt = describe(query);
    input.buttons = [
      { iconPath: new vscode.ThemeIcon('case-sensitive'), tooltip: vscode.l10n.t('Match Case') },
      { iconPath: new vscode.ThemeIcon('regex'), tooltip: vscode.l10n.t('Use Regular Expression') },
      { iconPath: new vscode.ThemeIcon('files'), tooltip: vscode.l10n.t('Only Some Files…') },
    ];
  };
  const finish = (wantsGlobs: boolean) => {
    answer = { query: { ...query, text: input.value }, wantsGlobs };
    input.hide();
  };
  input.title = vscode.l10n.t('Search in Snapshots');
  input.placeholder = vscode.l10n.t('What stood in the file, in one line');
  input.value = before.text;
  draw();
  return new Promise((resolve) => {
    input.onDidChangeValue(() => (input.validationMessage = ''));
    input.onDidTriggerButton((button) => {
      const at = input.buttons.indexOf(button);
      if (at === 2) return finish(true);
      query = at === 0 ? { ...query, ignoreCase: !query.ignoreCase } : { ...query, isRegex: !query.isRegex };
      input.validationMessage = '';
      draw();
    });
    input.onDidAccept(() => {
      input.validationMessage = whyNot({ ...query, text: input.value });
      if (input.validationMessage === '') finish(false);
    });
    input.onDidHide(() => {
      resolve(answer);
      input.dispose();
    });
    input.show();
  });
}

/** How it is searched, in words: icons alone do not say what they are set to. */
function describe({ isRegex, ignoreCase, globs }: SearchQuery): string {
  return [
    isRegex ? vscode.l10n.t('a regular expression') : vscode.l10n.t('a text'),
    ignoreCase ? vscode.l10n.t('in letters of either case') : vscode.l10n.t('in just these letters'),
    globs.length === 0 ? vscode.l10n.t('in all files') : vscode.l10n.t('in {0}', globs.join(', ')),
  ].join(' · ');
}

/** Empty if it can be searched for. */
function whyNot({ text, isRegex }: SearchQuery): string {
  if (text === '') return vscode.l10n.t('Give the text to look for.');
  if (!isRegex) return '';
  try {
    new RegExp(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

async function askGlobs(before: readonly string[]): Promise<string[] | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Search in Snapshots'),
    value: before.join(', '),
    prompt: vscode.l10n.t('Globs of files, with commas between them: *.ts, src/**, !*.min.js; empty for all'),
  });
  return text
    ?.split(',')
    .map((glob) => glob.trim())
    .filter((glob) => glob !== '');
}

import * as vscode from 'vscode';

/** Where a question stands among several. */
export interface StepPlace {
  readonly title: string;
  /** From 1. */
  readonly step: number;
}

/** The answer that leads to the question before. */
export const back = Symbol('back');

/** Asks one question, and notes the answer. Resolves to the next step, to `back`, or to nothing at the end. */
export type Step = (place: StepPlace) => Promise<Step | typeof back | undefined>;

/** Asks one question after the other, with a way back. Throws `vscode.CancellationError` if a person leaves. */
export async function runSteps(title: string, first: Step): Promise<void> {
  const path: Step[] = [first];
  for (let current = path.at(-1); current; current = path.at(-1)) {
    const next = await current({ title, step: path.length });
    if (next === undefined) return;
    if (next === back) path.pop();
    else path.push(next);
  }
}

export interface Choice<T> extends vscode.QuickPickItem {
  /** Anything but `undefined`. */
  readonly value: T;
}

/**
 * Lets one of several be chosen. `refuse` says why it cannot be that one; its signal fires when the person leaves.
 * Throws `vscode.CancellationError`.
 */
export function chooseStep<T>(
  place: StepPlace,
  placeholder: string,
  items: readonly Choice<T>[],
  refuse?: (value: T, signal: AbortSignal) => Promise<string | undefined>,
): Promise<T | typeof back> {
  const box = vscode.window.createQuickPick<Choice<T>>();
  box.items = items;
  box.placeholder = placeholder;
  box.matchOnDescription = true;
  return answerOf(box, place, async (signal) => {
    const value = box.selectedItems[0]?.value;
    const reason = value === undefined ? undefined : await refuse?.(value, signal);
    if (reason === undefined || signal.aborted) return value;
    await vscode.window.showErrorMessage(reason, { modal: true });
    return undefined;
  });
}

export interface TextQuestion {
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly isSecret?: boolean;
  /** What to say about a text while it is written. */
  readonly hint?: (text: string) => vscode.InputBoxValidationMessage | undefined;
  /** Why a text cannot be taken; asked when the person accepts it. The signal fires when they leave. */
  readonly refuse?: (text: string, signal: AbortSignal) => Promise<string | undefined> | string | undefined;
  /** What to say while `refuse` thinks. */
  readonly pending?: string;
}

/** Asks for a text. Throws `vscode.CancellationError`. */
export function textStep(place: StepPlace, question: TextQuestion): Promise<string | typeof back> {
  const { prompt, placeholder, value = '', isSecret = false, hint, refuse, pending } = question;
  const box = vscode.window.createInputBox();
  Object.assign(box, { prompt, value, password: isSecret, ...(placeholder !== undefined && { placeholder }) });
  const show = () => (box.validationMessage = hint?.(box.value));
  box.onDidChangeValue(show);
  show();
  return answerOf(box, place, async (signal) => {
    const text = box.value;
    if (pending !== undefined)
      box.validationMessage = { message: pending, severity: vscode.InputBoxValidationSeverity.Info };
    const reason = await refuse?.(text, signal);
    if (reason === undefined) return text;
    box.validationMessage = reason;
    return undefined;
  });
}

/** Shows a box until `accept` finds an answer in it, or the person goes back or away. */
function answerOf<T>(
  box: vscode.QuickPick<Choice<unknown>> | vscode.InputBox,
  { title, step }: StepPlace,
  accept: (signal: AbortSignal) => Promise<T | undefined>,
): Promise<T | typeof back> {
  const leaving = new AbortController();
  box.title = title;
  box.step = step;
  box.ignoreFocusOut = true;
  box.buttons = step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise<T | typeof back>((resolve, reject) => {
    box.onDidTriggerButton(() => resolve(back));
    box.onDidHide(() => reject(new vscode.CancellationError()));
    box.onDidAccept(async () => {
      if (box.busy) return;
      box.busy = true;
      try {
        const answer = await accept(leaving.signal);
        if (answer !== undefined) resolve(answer);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      } finally {
        box.busy = false;
      }
    });
    box.show();
  }).finally(() => {
    leaving.abort();
    box.dispose();
  });
}

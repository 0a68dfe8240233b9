import * as vscode from 'vscode';
import type { ProgressEvent } from '../base/progress.ts';
import type { CallOptions } from '../worker/engineProtocol.ts';

/** Where progress is shown, and whether the person can cancel it there. */
export interface ProgressPlace {
  readonly location: vscode.ProgressOptions['location'];
  readonly title: string;
}

/** Runs a call of the engine with progress; a notification has a button that cancels it. */
export function withProgress<T>(
  { location, title }: ProgressPlace,
  run: (options: Required<CallOptions>) => Promise<T>,
): Promise<T> {
  const options = { location, title, cancellable: location === vscode.ProgressLocation.Notification };
  return Promise.resolve(
    vscode.window.withProgress(options, async (progress, token) => {
      const controller = new AbortController();
      const cancelling = token.onCancellationRequested(() => controller.abort());
      let done = 0;
      const onProgress = (event: ProgressEvent) => {
        const percent = percentOf(event);
        const increment = percent === undefined ? undefined : Math.max(0, percent - done);
        done = Math.max(done, percent ?? 0);
        progress.report({ message: describeProgress(event), ...(increment !== undefined && { increment }) });
      };
      try {
        return await run({ signal: controller.signal, onProgress });
      } finally {
        cancelling.dispose();
      }
    }),
  );
}

/** One short line: what is done, and how far it is. */
function describeProgress(event: ProgressEvent): string {
  const { phase, items, totalItems } = event;
  if (totalItems === undefined) return vscode.l10n.t('{0}: {1}', phase, items.toLocaleString());
  return vscode.l10n.t('{0}: {1} of {2}', phase, items.toLocaleString(), totalItems.toLocaleString());
}

/** How far it is, if that is known. */
export function percentOf({ items, totalItems, bytes, totalBytes }: ProgressEvent): number | undefined {
  if (totalBytes) return (bytes / totalBytes) * 100;
  return totalItems ? (items / totalItems) * 100 : undefined;
}

import type * as vscode from 'vscode';
import type { Target } from './targetStore.ts';

/** The last verification of a target from this computer. */
export interface VerifyRecord {
  /** RFC 3339. */
  readonly time: string;
  readonly isGood: boolean;
}

/** What was noted of a target, by any window. */
export function readVerifyRecord(memory: vscode.Memento, { id }: Target): VerifyRecord | undefined {
  return memory.get<VerifyRecord>(keyOf(id));
}

export async function noteVerified(memory: vscode.Memento, { id }: Target, record: VerifyRecord): Promise<void> {
  await memory.update(keyOf(id), record);
}

function keyOf(id: string): string {
  return `verified.${id || 'default'}`;
}

import type { SourceRef } from '../engineProtocol/refs.ts';
import type { KnownState } from './folderJournal.ts';

/** What a snapshot says of a folder, by the rules of the settings. */
export function stateOf(snapshot: string, { rules }: SourceRef): KnownState {
  return { snapshot, rules: JSON.stringify(rules) };
}

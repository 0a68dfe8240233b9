import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import type { AffectedPath, Finding, FindingKind } from './findings.ts';

/** What can be done about findings, in the order in which to do it. */
export function adviseOn(findings: readonly Finding[], affected: readonly AffectedPath[]): string[] {
  const namesOf = (kind: FindingKind) =>
    findings
      .filter((finding) => finding.kind === kind)
      .flatMap((finding) => (finding.files ?? []).map((file) => file.name.slice(0, SHORT_ID_LENGTH)));
  const has = (...kinds: FindingKind[]) => findings.some((finding) => kinds.includes(finding.kind));
  const advice: string[] = [];
  if (has('pack-unreadable')) {
    advice.push(
      'The storage fails to read some packs. Check its cables and its health, and verify again, before anything else.',
    );
  }
  if (has('index-damaged', 'pack-missing', 'pack-size') || (has('blob-missing') && has('pack-unindexed'))) {
    advice.push(
      '"cairn repair index" rebuilds the index from the packs. Then verify again: less may be lost than it seems now.',
    );
  }
  if (has('pack-missing', 'pack-damaged', 'tree-damaged', 'blob-missing')) {
    advice.push(
      '"cairn repair files" saves what is intact in damaged packs, and stores again what the disk still has.',
    );
  }
  if (affected.length > 0) {
    advice.push(
      'What no copy is left of keeps prune from its work: "cairn repair snapshots --forget" puts snapshots without it in the place of those that lack it.',
    );
  }
  if (affected.some((path) => path.intactIn !== undefined)) {
    advice.push('Of some of these paths another snapshot has an intact version: "cairn restore" that one.');
  }
  if (has('snapshot-damaged')) {
    advice.push(
      `A damaged snapshot cannot be mended; its content is in the repository still, and most of it in the snapshots around it. "cairn forget --force ${namesOf('snapshot-damaged').join(' ')}" removes it.`,
    );
  }
  if (has('key-damaged')) {
    advice.push('"cairn key add" makes a new key for a password whose key is damaged, as long as another one works.');
  }
  return advice;
}

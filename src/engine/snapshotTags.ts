/**
 * What Cairn says of a snapshot in tags, which survive restic's own commands: `cairn`, the trigger,
 * `commit-<short id>`, `label-<text>`, `keep` and `workspace-<id>`. All other tags are people's own.
 */

/** A snapshot that Cairn made. */
const CAIRN_TAG = 'cairn';
/** A snapshot with this tag is never taken by a policy. */
export const KEEP_TAG = 'keep';

/** Why a snapshot was made; `outside` is what another program changed, `restore` the safety snapshot before a restore. */
export const TRIGGERS = ['manual', 'save', 'outside', 'commit', 'schedule', 'restore'] as const;
export type Trigger = (typeof TRIGGERS)[number];

const LABEL_PREFIX = 'label-';
const commitPattern = /^commit-([0-9a-f]{4,64})$/;
const workspacePattern = /^workspace-([0-9a-f]{8,64})$/;

/** The tags of a snapshot, understood. */
export interface SnapshotFacts {
  /** Absent if Cairn did not make it. */
  readonly trigger?: Trigger;
  /** The short id of a git commit, lower-case hex. */
  readonly commit?: string;
  /** As the person wrote it, without white space around it. */
  readonly label?: string;
  readonly keep: boolean;
  /** Id of the workspace, lower-case hex. */
  readonly workspace?: string;
  /** All other tags, in their order. */
  readonly others: readonly string[];
}

/** The tag of a label, or undefined for one without text. Safe where restic splits lists of tags at commas. */
export function labelTag(text: string): string | undefined {
  const trimmed = text.toWellFormed().trim();
  if (trimmed === '') return undefined;
  return LABEL_PREFIX + trimmed.replace(/[,\p{Cc}]|%(?=[0-9A-F]{2})/gu, escapeCharacter);
}

/** The tag of a workspace with this id. */
export function workspaceTag(id: string): string {
  return `workspace-${id}`;
}

/** True for the tag of any label. */
export function isLabelTag(tag: string): boolean {
  return tag.startsWith(LABEL_PREFIX);
}

/** The tags that a snapshot of Cairn's gets. The inverse of {@link parseSnapshotTags}. */
export function buildSnapshotTags(facts: Partial<SnapshotFacts> & { readonly trigger: Trigger }): string[] {
  const { trigger, commit, label, keep, workspace, others = [] } = facts;
  return [
    CAIRN_TAG,
    trigger,
    ...(commit === undefined ? [] : [`commit-${commit}`]),
    ...(workspace === undefined ? [] : [workspaceTag(workspace)]),
    ...(keep ? [KEEP_TAG] : []),
    ...[labelTag(label ?? '') ?? []].flat(),
    ...others,
  ];
}

/** Understands tags, whoever set them; where there are two of a kind, the first one counts. */
export function parseSnapshotTags(tags: readonly string[]): SnapshotFacts {
  const others: string[] = [];
  const facts: { -readonly [field in keyof SnapshotFacts]?: SnapshotFacts[field] } = {};
  const isOurs = tags.includes(CAIRN_TAG);
  for (const tag of tags) {
    const commit = commitPattern.exec(tag)?.[1];
    const workspace = workspacePattern.exec(tag)?.[1];
    if (tag === CAIRN_TAG) continue;
    else if (tag === KEEP_TAG) facts.keep = true;
    else if (isOurs && facts.trigger === undefined && isTrigger(tag)) facts.trigger = tag;
    else if (facts.commit === undefined && commit !== undefined) facts.commit = commit;
    else if (facts.workspace === undefined && workspace !== undefined) facts.workspace = workspace;
    else if (facts.label === undefined && isLabelTag(tag)) facts.label = labelText(tag);
    else others.push(tag);
  }
  return { ...facts, keep: facts.keep ?? false, others };
}

function isTrigger(tag: string): tag is Trigger {
  return (TRIGGERS as readonly string[]).includes(tag);
}

function labelText(tag: string): string {
  return tag
    .slice(LABEL_PREFIX.length)
    .replace(/%([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * What Cairn says of a snapshot in tags, which survive restic's own commands: `cairn`, the trigger,
 * `commit-<short id>`, `label-<text>`, `keep`, `workspace-<id>`, and who changed what it has that the one before had
 * not: `actor-<kind>`, with `<kind>-<name>`, `session-<id>` and `turn-<id>`. With a commit also `commit-in-<folder>`,
 * and `subject-<text>` once a person's label took the place of its subject. All other tags are people's own.
 */
import { isActorKind, type Actor, type ActorKind } from './actor.ts';

/** A snapshot that Cairn made. */
const CAIRN_TAG = 'cairn';
/** A snapshot with this tag is never taken by a policy. */
export const KEEP_TAG = 'keep';

/** Why a snapshot was made; `outside` is what another program changed, `restore` the safety snapshot before a restore. */
export const TRIGGERS = ['manual', 'save', 'outside', 'commit', 'schedule', 'restore'] as const;
export type Trigger = (typeof TRIGGERS)[number];

const LABEL_PREFIX = 'label-';
const SUBJECT_PREFIX = 'subject-';
const COMMIT_IN_PREFIX = 'commit-in-';
const ACTOR_PREFIX = 'actor-';
const SESSION_PREFIX = 'session-';
const TURN_PREFIX = 'turn-';
const commitPattern = /^commit-([0-9a-f]{4,64})$/;
const workspacePattern = /^workspace-([0-9a-f]{8,64})$/;

/** The tags of a snapshot, understood. */
export interface SnapshotFacts {
  /** Absent if Cairn did not make it. */
  readonly trigger?: Trigger;
  /** The short id of a git commit, lower-case hex. */
  readonly commit?: string;
  /** The work tree of the commit, on the way from the workspace folder; absent if that is not known, or the folder. */
  readonly commitIn?: string;
  /** Of the commit, where the label is another one. */
  readonly subject?: string;
  /** As the person wrote it, without white space around it. */
  readonly label?: string;
  readonly keep: boolean;
  /** Id of the workspace, lower-case hex. */
  readonly workspace?: string;
  /** Absent where nobody said anything of it. */
  readonly actor?: Actor;
  /** All other tags, in their order. */
  readonly others: readonly string[];
}

/** The tag of a label, or undefined for one without text. Safe where restic splits lists of tags at commas. */
export function labelTag(text: string): string | undefined {
  return textTag(LABEL_PREFIX, text);
}

/** The tag that keeps the subject of a commit when the label, which it is at first, becomes another; if there is any. */
export function subjectTag(tags: readonly string[]): string | undefined {
  const { commit, label, subject } = parseSnapshotTags(tags);
  return commit === undefined || subject !== undefined ? undefined : textTag(SUBJECT_PREFIX, label);
}

/** The tags that say who it was. */
export function actorTags({ kind, name, session, turn }: Actor): string[] {
  return [
    ACTOR_PREFIX + kind,
    ...[textTag(`${kind}-`, name) ?? []].flat(),
    ...[textTag(SESSION_PREFIX, session) ?? []].flat(),
    ...[textTag(TURN_PREFIX, turn) ?? []].flat(),
  ];
}

/** Tags without those that say who it was, which differ from snapshot to snapshot. */
export function withoutActor(tags: readonly string[]): string[] {
  const { actor } = parseSnapshotTags(tags);
  const own = new Set(actor && actorTags(actor));
  return tags.filter((tag) => !own.has(tag));
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
  const { trigger, commit, commitIn, subject, label, keep, workspace, actor, others = [] } = facts;
  return [
    CAIRN_TAG,
    trigger,
    ...(commit === undefined ? [] : [`commit-${commit}`]),
    ...(commit === undefined
      ? []
      : [textTag(COMMIT_IN_PREFIX, commitIn) ?? [], textTag(SUBJECT_PREFIX, subject) ?? []].flat()),
    ...(workspace === undefined ? [] : [workspaceTag(workspace)]),
    ...(keep ? [KEEP_TAG] : []),
    ...[labelTag(label ?? '') ?? []].flat(),
    ...(actor ? actorTags(actor) : []),
    ...others,
  ];
}

/** Understands tags, whoever set them; where there are two of a kind, the first one counts. */
export function parseSnapshotTags(tags: readonly string[]): SnapshotFacts {
  const others: string[] = [];
  const facts: { -readonly [field in keyof SnapshotFacts]?: SnapshotFacts[field] } = {};
  const isOurs = tags.includes(CAIRN_TAG);
  const kind = isOurs ? actorKind(tags) : undefined;
  const actor: { -readonly [field in keyof Actor]?: Actor[field] } = {};
  const isOfCommit = isOurs && tags.some((tag) => commitPattern.test(tag));
  for (const tag of tags) {
    const commit = commitPattern.exec(tag)?.[1];
    const workspace = workspacePattern.exec(tag)?.[1];
    if (tag === CAIRN_TAG) continue;
    else if (tag === KEEP_TAG) facts.keep = true;
    else if (isOurs && facts.trigger === undefined && isTrigger(tag)) facts.trigger = tag;
    else if (facts.commit === undefined && commit !== undefined) facts.commit = commit;
    else if (facts.workspace === undefined && workspace !== undefined) facts.workspace = workspace;
    else if (facts.label === undefined && isLabelTag(tag)) facts.label = labelText(tag);
    else if (isOfCommit && takeCommitTag(facts, tag)) continue;
    else if (kind === undefined || !takeActorTag(actor, kind, tag)) others.push(tag);
  }
  return { ...facts, ...(actor.kind && { actor: { ...actor, kind: actor.kind } }), keep: facts.keep ?? false, others };
}

/** Whether a tag says something of the commit that no tag before it said. */
function takeCommitTag(facts: { subject?: string; commitIn?: string }, tag: string): boolean {
  for (const [field, prefix] of [
    ['subject', SUBJECT_PREFIX],
    ['commitIn', COMMIT_IN_PREFIX],
  ] as const) {
    if (facts[field] !== undefined || !tag.startsWith(prefix) || tag === prefix) continue;
    facts[field] = textOf(tag.slice(prefix.length));
    return true;
  }
  return false;
}

function actorKind(tags: readonly string[]): ActorKind | undefined {
  const kinds = tags.flatMap((tag) => (tag.startsWith(ACTOR_PREFIX) ? tag.slice(ACTOR_PREFIX.length) : []));
  return kinds.find(isActorKind);
}

/** Whether a tag says something of the actor that no tag before it said. */
function takeActorTag(
  actor: { -readonly [field in keyof Actor]?: Actor[field] },
  kind: ActorKind,
  tag: string,
): boolean {
  if (tag === ACTOR_PREFIX + kind && actor.kind === undefined) {
    actor.kind = kind;
    return true;
  }
  for (const [field, prefix] of [
    ['name', `${kind}-`],
    ['session', SESSION_PREFIX],
    ['turn', TURN_PREFIX],
  ] as const) {
    if (actor[field] !== undefined || !tag.startsWith(prefix) || tag === prefix) continue;
    actor[field] = textOf(tag.slice(prefix.length));
    return true;
  }
  return false;
}

function isTrigger(tag: string): tag is Trigger {
  return (TRIGGERS as readonly string[]).includes(tag);
}

function labelText(tag: string): string {
  return textOf(tag.slice(LABEL_PREFIX.length));
}

/** A tag of a person's text, or undefined without any. */
function textTag(prefix: string, text = ''): string | undefined {
  const trimmed = text.toWellFormed().trim();
  if (trimmed === '') return undefined;
  return prefix + trimmed.replace(/[,\p{Cc}]|%(?=[0-9A-F]{2})/gu, escapeCharacter);
}

function textOf(escaped: string): string {
  return escaped.replace(/%([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

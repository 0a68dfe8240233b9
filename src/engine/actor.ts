/** Who changed what a snapshot has that the one before it had not. */
import { CairnError } from '../base/errors.ts';

/** `unknown` says that somebody looked and could not tell, which is better than a wrong name. */
const ACTOR_KINDS = ['agent', 'editor', 'git', 'terminal', 'unknown'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who it was, with the evidence. */
export interface Actor {
  readonly kind: ActorKind;
  /** Of the agent or the shell; of git and the editor, what they did: `claude`, `commit`, `delete`. */
  readonly name?: string;
  /** The agent's own id of its session. */
  readonly session?: string;
  /** The agent's own id of its turn, or else the number of the turn in the session. */
  readonly turn?: string;
}

/** What of an actor a person looks for. */
export type ActorFilter = Pick<Actor, 'kind' | 'name'>;

/** True for the name of a kind of actor. */
export function isActorKind(word: string): word is ActorKind {
  return (ACTOR_KINDS as readonly string[]).includes(word);
}

/** Understands `agent`, or `agent:claude`. Throws `usage`. */
export function parseActor(text: string): ActorFilter {
  const [, kind = '', name] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (!isActorKind(kind) || name?.trim() === '') {
    throw new CairnError(
      'usage',
      `"${text}" says of nobody that it was them: give one of ${ACTOR_KINDS.join(', ')}, or with a name, as in agent:claude.`,
    );
  }
  return { kind, ...(name !== undefined && { name: name.trim() }) };
}

/** Whether an actor is one of those that are looked for. Of whom nothing is said, it is unknown who it was. */
export function matchesActor(actor: Actor | undefined, filters: readonly ActorFilter[]): boolean {
  const { kind, name }: ActorFilter = actor ?? { kind: 'unknown' };
  return filters.some((filter) => filter.kind === kind && (filter.name === undefined || filter.name === name));
}

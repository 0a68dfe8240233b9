import type { Actor } from '../engine/index.ts';

/** So many characters of an id of a session tell it from others, as those of a snapshot do. */
const ID_LENGTH = 8;

/** Who changed something, as a person reads it in a table: `agent claude, session 1a2b3c4d, turn 3`. */
export function describeActor(actor: Actor | undefined): string {
  if (!actor) return '';
  const { kind, name, session, turn } = actor;
  return [
    name === undefined ? kind : `${kind} ${name}`,
    ...(session === undefined ? [] : [`session ${session.slice(0, ID_LENGTH)}`]),
    ...(turn === undefined ? [] : [`turn ${turn.slice(0, ID_LENGTH)}`]),
  ].join(', ');
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesActor, parseActor } from '../../../src/engine/actor.ts';
import {
  actorTags,
  buildSnapshotTags,
  isLabelTag,
  labelTag,
  parseSnapshotTags,
  TRIGGERS,
  withoutActor,
} from '../../../src/engine/snapshotTags.ts';

const hex = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength, maxLength });
/** Text full of what has to be escaped. */
const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...'%%,,2C5\n\u007f\u0085 é'), fc.string({ unit: 'grapheme', maxLength: 1 })),
});
const label = text.map((value) => value.trim()).filter((value) => value !== '' && value.isWellFormed());
const other = fc
  .string({ minLength: 1 })
  .filter(
    (tag) =>
      !/^(cairn|keep|manual|save|commit|schedule|restore|(commit|subject|label|workspace|actor|session|turn|agent|git)-.*)$/s.test(
        tag,
      ),
  );

const actor = fc.record(
  { kind: fc.constantFrom('agent', 'git'), name: label, session: label, turn: label },
  { requiredKeys: ['kind'] },
);

test('what is built is understood again', () => {
  const facts = fc.record(
    {
      trigger: fc.constantFrom(...TRIGGERS),
      commit: hex(4, 64),
      label,
      workspace: hex(8, 64),
      keep: fc.boolean(),
      actor,
      others: fc.array(other),
    },
    { requiredKeys: ['trigger', 'keep', 'others'] },
  );
  const ofCommit = fc.record({ commit: hex(4, 64), commitIn: label, subject: label });
  fc.assert(
    fc.property(facts, ofCommit, fc.boolean(), (some, commit, isOfCommit) => {
      const value = isOfCommit ? { ...some, ...commit } : some;
      expect(parseSnapshotTags(buildSnapshotTags(value))).toEqual(value);
    }),
  );
});

test('tags of ours survive a list of tags on the command line of restic', () => {
  fc.assert(
    fc.property(label, (value) => {
      const tag = labelTag(value)!;
      expect(tag.split(',').map((part) => part.trim())).toEqual([tag]);
      expect(tag).not.toMatch(/\p{Cc}/u);
      expect(isLabelTag(tag)).toBe(true);
    }),
  );
});

describe('labelTag', () => {
  test.each([
    ['before the big change', 'label-before the big change'],
    ['one, two', 'label-one%2C two'],
    ['100% done', 'label-100% done'],
    ['%2C', 'label-%252C'],
    ['a\nb', 'label-a%0Ab'],
    ['  around  ', 'label-around'],
    ['\ud800', 'label-\ufffd'],
    [' \n', undefined],
  ])('%j', (value, tag) => expect(labelTag(value)).toBe(tag));
});

describe('parseSnapshotTags', () => {
  test.each([
    ['nothing', [], { keep: false, others: [] }],
    ['a trigger without cairn is a tag of the person', ['save', 'keep'], { keep: true, others: ['save'] }],
    ['the first trigger counts', ['manual', 'cairn', 'save'], { trigger: 'manual', keep: false, others: ['save'] }],
    ['ids that are none', ['commit-xyz', 'workspace-1'], { keep: false, others: ['commit-xyz', 'workspace-1'] }],
    ['the first label counts', ['label-a', 'label-b'], { label: 'a', keep: false, others: ['label-b'] }],
    ['a label set by hand', ['label-50% off'], { label: '50% off', keep: false, others: [] }],
  ] as const)('%s', (_what, tags, facts) => expect(parseSnapshotTags(tags)).toEqual(facts));
});

describe('who it was', () => {
  test.each([
    ['of another program', ['actor-agent', 'agent-x'], { keep: false, others: ['actor-agent', 'agent-x'] }],
    ['a kind that is none', ['cairn', 'actor-me', 'turn-1'], { keep: false, others: ['actor-me', 'turn-1'] }],
    [
      'the first of each counts, whatever their order',
      ['cairn', 'turn-1', 'turn-2', 'git-x', 'actor-agent', 'actor-git', 'agent-y'],
      {
        actor: { kind: 'agent', name: 'y', turn: '1' },
        keep: false,
        others: ['turn-2', 'git-x', 'actor-git'],
      },
    ],
  ] as const)('%s', (_what, tags, facts) => expect(parseSnapshotTags(tags)).toEqual(facts));

  test('tags without it are all others', () => {
    fc.assert(
      fc.property(actor, fc.array(other), (who, others) => {
        expect(withoutActor(['cairn', ...actorTags(who), ...others])).toEqual(['cairn', ...others]);
      }),
    );
    expect(withoutActor(['agent-x', 'turn-1'])).toEqual(['agent-x', 'turn-1']);
  });

  test('is understood as a person writes it', () => {
    expect(parseActor('agent')).toEqual({ kind: 'agent' });
    expect(parseActor('git:reset')).toEqual({ kind: 'git', name: 'reset' });
    for (const wrong of ['', 'me', 'agent:', 'Agent']) expect(() => parseActor(wrong)).toThrow(/agent:claude/);
  });

  test('is looked for by kind or by name', () => {
    const claude = { kind: 'agent', name: 'claude', turn: '1' } as const;
    expect(matchesActor(claude, [{ kind: 'agent' }])).toBe(true);
    expect(matchesActor(claude, [{ kind: 'git' }, { kind: 'agent', name: 'claude' }])).toBe(true);
    expect(matchesActor(claude, [{ kind: 'agent', name: 'codex' }])).toBe(false);
    expect(matchesActor(undefined, [{ kind: 'unknown' }])).toBe(true);
    expect(matchesActor(undefined, [{ kind: 'agent' }])).toBe(false);
  });
});

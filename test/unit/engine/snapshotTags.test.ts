import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildSnapshotTags,
  isLabelTag,
  labelTag,
  parseSnapshotTags,
  TRIGGERS,
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
  .filter((tag) => !/^(cairn|keep|manual|save|commit|schedule|restore|(commit|label|workspace)-.*)$/s.test(tag));

test('what is built is understood again', () => {
  const facts = fc.record(
    {
      trigger: fc.constantFrom(...TRIGGERS),
      commit: hex(4, 64),
      label,
      workspace: hex(8, 64),
      keep: fc.boolean(),
      others: fc.array(other),
    },
    { requiredKeys: ['trigger', 'keep', 'others'] },
  );
  fc.assert(
    fc.property(facts, (value) => {
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

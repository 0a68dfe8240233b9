import { expect, test, vi } from 'vitest';
import { filterItems, filterOf } from '../../../../src/extension/snapshots/askFilter.ts';
import { describeFilter, isFiltering } from '../../../../src/extension/snapshots/snapshotFilter.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

const claude = { kind: 'agent', name: 'claude', title: 'Claude Code' } as const;
const ticked = (...labels: string[]) => filterItems({}, [claude]).filter(({ label }) => labels.includes(label));

test('a filter says who changed things, a single agent or all of them', () => {
  const one = filterOf(ticked('Claude Code', 'git'), '');
  expect(one).toEqual({ actors: [claude, { kind: 'git' }] });
  expect([describeFilter(one), isFiltering(one)]).toEqual(['Claude Code, git', true]);
  expect(filterOf(ticked('any agent', 'commit'), ' a ')).toEqual({
    triggers: ['commit'],
    actors: [{ kind: 'agent' }],
    text: 'a',
  });
});

test('what was chosen before is ticked, and all of a group is no filter', () => {
  const items = filterItems({ triggers: ['save'], actors: [claude] }, [claude]);
  expect(items.filter(({ picked }) => picked).map(({ label }) => label)).toEqual(['save', 'Claude Code']);
  expect(filterOf(filterItems({}, [claude]), '')).toEqual({});
});

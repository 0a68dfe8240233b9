import { expect, test } from 'vitest';
import { releaseNotes } from '../../../build/releaseNotes.mts';

const changelog = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-12-24

### Added

- A thing.

## [1.1.0] - 2026-11-01

- Another.
`;

test('the notes of a release are its section of the changelog', () => {
  expect(releaseNotes('v1.2.0', '1.2.0', changelog)).toBe('### Added\n\n- A thing.');
  expect(releaseNotes('v1.1.0', '1.1.0', changelog)).toBe('- Another.');
});

test('a tag of another version, and a version of which nothing is said, are refused', () => {
  expect(() => releaseNotes('v1.2.1', '1.2.0', changelog)).toThrow('v1.2.0, the version in package.json');
  expect(() => releaseNotes('1.2.0', '1.2.0', changelog)).toThrow('v1.2.0, the version in package.json');
  expect(() => releaseNotes('v1.3.0', '1.3.0', changelog)).toThrow('nothing under "## [1.3.0]"');
});

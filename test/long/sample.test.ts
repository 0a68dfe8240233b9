/** A sample of each part of `npm run test:long`, drawn by `CAIRN_SEED`. */
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { sampleOf, seed } from '../helpers/effort.ts';
import { knownDefect } from './known.ts';
import type { Case } from './part.ts';
import { parts } from './parts.ts';
import { removeFolders } from './stage.ts';

afterAll(removeFolders);

test.each(parts.filter((part) => part.sample))(
  '$name',
  { timeout: 900_000 },
  async ({ name, subjects, sample, cases, close }) => {
    onTestFinished(async () => close?.());
    const drawn: Case[] = [];
    for (const subject of sampleOf(subjects, sample!.subjects))
      drawn.push(...sampleOf(await cases(subject, seed), sample!.cases));
    expect(drawn.length).toBeGreaterThan(0);
    const failures: string[] = [];
    for (const one of drawn) {
      await one.run().catch((error: Error) => {
        if (!knownDefect(`${name}: ${one.name}`, error.message)) failures.push(`${one.name}:\n${error.message}`);
      });
    }
    expect(failures).toEqual([]);
  },
);

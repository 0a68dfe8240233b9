import { faults } from './faults.ts';
import { fixtures } from './fixtures.ts';
import { fuzz } from './fuzz.ts';
import { kills } from './kills.ts';
import { model } from './model.ts';
import type { Part } from './part.ts';
import { powerCut } from './powerCut.ts';
import { repetitions } from './repetitions.ts';

/** All parts of `npm run test:long`. */
export const parts: readonly Part[] = [faults, kills, powerCut, model, fuzz, fixtures, repetitions];

import { faults } from './faults.ts';
import { fixtures } from './fixtures.ts';
import { fuzz } from './fuzz.ts';
import { kills } from './kills.ts';
import { model } from './model.ts';
import { networkFaults, networkFaultsOnS3 } from './networkFaults.ts';
import { networkKills, networkKillsOnS3 } from './networkKills.ts';
import type { Part } from './part.ts';
import { powerCut } from './powerCut.ts';
import { repetitions } from './repetitions.ts';

/** All parts of `npm run test:long`. */
export const parts: readonly Part[] = [
  faults,
  kills,
  powerCut,
  networkFaults,
  networkFaultsOnS3,
  networkKills,
  networkKillsOnS3,
  model,
  fuzz,
  fixtures,
  repetitions,
];

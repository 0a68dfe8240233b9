import { backupHandlers } from './backupHandlers.ts';
import { changesHandlers } from './changesHandlers.ts';
import { contentHandlers } from './contentHandlers.ts';
import { copyHandlers } from './copyHandlers.ts';
import type { Handlers } from './handler.ts';
import { maintenanceHandlers } from './maintenanceHandlers.ts';
import { mirrorHandlers } from './mirrorHandlers.ts';
import { pastHandlers } from './pastHandlers.ts';
import { pastFileHandlers } from './pastFileHandlers.ts';
import { restoreHandlers } from './restoreHandlers.ts';
import { standingHandlers } from './standingHandlers.ts';
import { snapshotHandlers } from './snapshotHandlers.ts';
import { targetHandlers } from './targetHandlers.ts';
import { targetPlaceHandlers } from './targetPlaceHandlers.ts';
import { upkeepHandlers } from './upkeepHandlers.ts';

/** What the worker does for each command. */
export const engineHandlers: Handlers = {
  ...targetHandlers,
  ...backupHandlers,
  ...changesHandlers,
  ...snapshotHandlers,
  ...maintenanceHandlers,
  ...contentHandlers,
  ...pastHandlers,
  ...pastFileHandlers,
  ...restoreHandlers,
  ...targetPlaceHandlers,
  ...upkeepHandlers,
  ...mirrorHandlers,
  ...copyHandlers,
  ...standingHandlers,
};

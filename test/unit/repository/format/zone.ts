import { afterAll, vi } from 'vitest';

const zoneAtStart = process.env['TZ'];

/** Puts this process into a time zone until the file's tests are done. Modules have to be imported after it. */
export function setZone(zone: string): void {
  process.env['TZ'] = zone;
  vi.resetModules();
}

afterAll(() => {
  if (zoneAtStart === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneAtStart;
});

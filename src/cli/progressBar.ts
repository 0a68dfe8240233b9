import { SingleBar } from 'cli-progress';
import type { ProgressEvent } from '../base/progress.ts';
import { displayPath } from '../base/rawName.ts';
import { formatBytes, formatSeconds } from './format.ts';

/** One line on a terminal's standard error: share done, counts, rate, remaining time, and the file at hand. */
export class ProgressBar {
  readonly #bar = new SingleBar({
    stream: process.stderr,
    format: (_options, _params, payload: { readonly text: string }) => payload.text,
    hideCursor: true,
    clearOnComplete: true,
    // The library redraws at times of its own; one line in a tenth of a second is enough.
    fps: 10,
  });
  #phase = '';
  #phaseStart = 0;
  #isDrawn = false;

  update(event: ProgressEvent): void {
    if (event.phase !== this.#phase) {
      this.#phase = event.phase;
      this.#phaseStart = performance.now();
    }
    const text = describeProgress(event, (performance.now() - this.#phaseStart) / 1000);
    if (!this.#isDrawn) this.#bar.start(1, 0, { text });
    this.#isDrawn = true;
    this.#bar.update(0, { text });
  }

  /** Makes way for a line of text; the next update draws the bar again. */
  clear(): void {
    if (this.#isDrawn) this.#bar.stop();
    this.#isDrawn = false;
  }
}

const BAR_WIDTH = 20;

/** What the line says of a moment; `seconds` is how long its phase has lasted. */
export function describeProgress(event: ProgressEvent, seconds: number): string {
  const { phase, items, totalItems, bytes, totalBytes, foundItems, foundBytes, current } = event;
  const share = totalBytes ? bytes / totalBytes : totalItems ? items / totalItems : undefined;
  const parts: string[] = [];
  if (share === undefined) parts.push(phase);
  else {
    const done = Math.min(1, share);
    const filled = Math.round(done * BAR_WIDTH);
    parts.push(`${phase} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.floor(done * 100)} %`);
  }
  // A plus: the walk goes on, and there will be more.
  const total = totalItems ?? (foundItems === undefined ? undefined : `${foundItems}+`);
  parts.push(total === undefined ? `${items}` : `${items}/${total}`);
  if (foundBytes) parts.push(`${formatBytes(bytes)} of ${formatBytes(foundBytes)}+`);
  else if (bytes > 0 || totalBytes) parts.push(formatBytes(bytes));
  // The first moments say nothing about the rest.
  if (seconds >= 0.5 && bytes > 0) parts.push(`${formatBytes(bytes / seconds)}/s`);
  if (seconds >= 0.5 && share) parts.push(`${formatSeconds((seconds * (1 - Math.min(1, share))) / share)} left`);
  if (current !== undefined) parts.push(displayPath(current));
  return parts.join('  ');
}

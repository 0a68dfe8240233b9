import { SingleBar } from 'cli-progress';
import { displayPath } from '../base/rawName.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { formatBytes } from './format.ts';

/** One line on a terminal's standard error: share done, rate, remaining time, and the file at hand. */
export class ProgressBar {
  readonly #bar = new SingleBar({
    stream: process.stderr,
    format: (_options, params, payload: { text: string }) => {
      const share = params.total > 0 ? `${Math.floor((100 * params.value) / params.total)} %  ` : '';
      return (share + payload.text).slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1));
    },
    hideCursor: true,
    clearOnComplete: true,
    linewrap: true,
    etaBuffer: 50,
  });
  readonly #startedAt = performance.now();
  #isDrawn = false;

  update(event: ProgressEvent): void {
    if (!this.#isDrawn) this.#bar.start(event.totalBytes ?? 0, 0, { text: '' });
    this.#isDrawn = true;
    this.#bar.setTotal(event.totalBytes ?? event.totalItems ?? 0);
    const done = event.totalBytes === undefined && event.totalItems !== undefined ? event.items : event.bytes;
    this.#bar.update(done, { text: this.#describe(event) });
  }

  /** Makes way for a line of text; the next update draws the bar again. */
  clear(): void {
    if (this.#isDrawn) this.#bar.stop();
    this.#isDrawn = false;
  }

  stop(): void {
    this.clear();
  }

  #describe(event: ProgressEvent): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = seconds > 0 ? event.bytes / seconds : 0;
    const items = event.totalItems === undefined ? `${event.items}` : `${event.items}/${event.totalItems}`;
    const left = event.totalBytes !== undefined && rate > 0 ? (event.totalBytes - event.bytes) / rate : undefined;
    return [
      `${event.phase}: ${items}`,
      formatBytes(event.bytes),
      `${formatBytes(rate)}/s`,
      ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
      ...(event.current === undefined ? [] : [displayPath(event.current)]),
    ].join('  ');
  }
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pad = (value: number) => String(value).padStart(2, '0');
  return whole < 3600
    ? `${Math.floor(whole / 60)}:${pad(whole % 60)}`
    : `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
}

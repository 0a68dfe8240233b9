/** Loaded before a program by `--require`: its clock is off by `CAIRN_CLOCK_OFFSET` milliseconds. */
const offset = Number(process.env['CAIRN_CLOCK_OFFSET']);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RealDate.now() + offset);
    else super(...(args as [number]));
  }

  static override now(): number {
    return RealDate.now() + offset;
  }
} as DateConstructor;

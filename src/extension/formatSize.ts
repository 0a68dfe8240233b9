const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** A number of bytes for people, e.g. `1.2 MB`: in steps of 1000, with at most one decimal. */
export function formatSize(bytes: number, locale: string): string {
  let value = bytes;
  let step = 0;
  while (value >= 999.95 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  const options = { style: 'unit', unit: units[step]!, unitDisplay: step === 0 ? 'long' : 'short' } as const;
  return new Intl.NumberFormat(locale, { ...options, maximumFractionDigits: step === 0 ? 0 : 1 }).format(value);
}

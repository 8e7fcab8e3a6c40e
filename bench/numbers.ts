// Numbers of benchmarks: their middle, and how they are written.

/** The number in the middle. */
export const middle = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

/** Of times, the one in the middle, and one that a hundredth exceeds. */
export const spread = (times: readonly number[]): { readonly p50: number; readonly p99: number } => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
};

export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

import { invalid } from './error.js';

const units: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
};

/** Reads `512m`, `1.5GB`, `1073741824` into bytes, as engines and Compose files write sizes. */
export function parseBytes(field: string, text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kKmMgG]?[bB]?)\s*$/.exec(text);
  const factor = match ? units[(match[2] ?? '').toLowerCase()] : undefined;
  if (!match || factor === undefined) {
    throw invalid(field, `"${text}" is not a size: give a number with b, k, m or g, for example 512m.`);
  }
  return Math.floor(Number(match[1]) * factor);
}

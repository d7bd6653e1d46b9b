import type { Result } from './result.js';
import type { Spread } from './statistics.js';

const heading = ['measure', 'unit', 'ours min/med/max', 'peer min/med/max', 'ratio med (min–max)', 'aim', 'verdict'];

/** Three digits that say something, none that only pretend to. */
export function figure(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const triple = ({ min, median, max }: Spread): string => [min, median, max].map(figure).join(' / ');

function cells(result: Result): string[] {
  const { aim, ratio, peer } = result;
  return [
    result.name,
    result.unit,
    triple(result.ours),
    peer ? `${triple(peer)} (${result.peerName})` : '–',
    ratio ? `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})` : '–',
    aim ? `${aim.bound === 'at-most' ? '≤' : '≥'} ${aim.value}${aim.of === 'ratio' ? '×' : ''}` : '–',
    result.met === null ? '–' : result.met ? 'met' : `missed by ${Math.ceil(result.missedByPercent ?? 0)} %`,
  ];
}

/** The results as a Markdown table, with columns of equal width for a terminal. */
export function table(results: readonly Result[]): string {
  const rows = [heading, ...results.map(cells)];
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(heading), rule, ...rows.slice(1).map(line)].join('\n');
}

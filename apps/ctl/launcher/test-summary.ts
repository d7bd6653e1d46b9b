import { relative } from 'node:path';

/** The part of jest's --json output that is used. */
export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
    status: string;
  }[];
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** One readable paragraph per failure. */
  failures: string[];
}

export const noTotals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function add(one: Totals, other: Totals): Totals {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures],
  };
}

// Colour codes that jest writes into messages.
const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const short = (text: string) => text.replace(colours, '').trim().split('\n').slice(0, 12).join('\n    ');

/** A file that could not even be run counts as one failed test. */
export function totalsOf(project: string, report: JestReport, root: string): Totals {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const title = (file: string) => `${project} · ${relative(root, file)}`;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [
      ...report.testResults.flatMap((file) =>
        file.assertionResults
          .filter(({ status }) => status === 'failed')
          .map(
            ({ fullName, failureMessages }) =>
              `${title(file.name)} · ${fullName}\n    ${short(failureMessages.join('\n'))}`,
          ),
      ),
      ...broken.map((file) => `${title(file.name)} could not be run\n    ${short(file.message)}`),
    ],
  };
}

export function failedStep(name: string, output: string): Totals {
  const lines = output.replace(colours, '').trim().split('\n');
  return { ...noTotals, failed: 1, failures: [`${name}\n    ${lines.slice(-40).join('\n    ')}`] };
}

/** The line that everything ends with. */
export function lastLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

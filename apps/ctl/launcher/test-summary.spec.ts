import { add, failedStep, lastLine, noTotals, totalsOf, type JestReport } from './test-summary.js';

const report: JestReport = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    { name: '/r/a.spec.ts', message: '', status: 'passed', assertionResults: [] },
    {
      name: '/r/b.spec.ts',
      message: '',
      status: 'failed',
      assertionResults: [{ fullName: 'b does', status: 'failed', failureMessages: ['\u001b[31mexpected 1\u001b[39m'] }],
    },
    { name: '/r/c.spec.ts', message: 'Cannot find module', status: 'failed', assertionResults: [] },
  ],
};

describe('the tests’ summary', () => {
  it('counts a file that could not be run as one failure', () => {
    const totals = totalsOf('unit', report, '/r');
    expect(totals).toMatchObject({ passed: 5, failed: 2, skipped: 2 });
    expect(totals.failures).toEqual([
      'unit · b.spec.ts · b does\n    expected 1',
      'unit · c.spec.ts could not be run\n    Cannot find module',
    ]);
  });

  it('adds up, failed checks included, and ends with one line', () => {
    const sum = add(add(noTotals, totalsOf('unit', report, '/r')), failedStep('check:lint', 'a.ts: wrong'));
    expect(lastLine(sum)).toBe('5 passed, 3 failed, 2 skipped');
    expect(sum.failures.at(-1)).toBe('check:lint\n    a.ts: wrong');
  });

  it('does not speak of skipped tests where there are none', () => {
    expect(lastLine({ ...noTotals, passed: 3 })).toBe('3 passed, 0 failed');
  });
});

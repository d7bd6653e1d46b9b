import { chosenProjects, neededParts } from '../../support/test-parts.js';

describe('neededParts', () => {
  const of = (...argv: string[]) => neededParts(['node', 'jest', ...argv], undefined).join(' ');

  it('starts what the selected projects need', () => {
    expect(of('--selectProjects', 'migrations', '--json')).toBe('postgres');
    expect(of('--selectProjects', 'unit', 'medium')).toBe('postgres redis');
    expect(of('--selectProjects', 'e2e', '--passWithNoTests')).toBe('postgres redis podman');
    expect(of('--selectProjects', 'lab', '--passWithNoTests')).toBe('');
    expect(of()).toBe('postgres redis podman docker');
  });

  it('starts no more than the path patterns can match', () => {
    expect(of('test/medium/store')).toBe('postgres redis');
    expect(of('--selectProjects', 'conformance', '--passWithNoTests', 'test/conformance/runtime')).toBe(
      'podman docker',
    );
    expect(of('--selectProjects', 'conformance', '--', 'test/conformance/edge/http.spec.ts')).toBe('');
  });

  it('starts exactly what it is told to', () => {
    expect(neededParts([], 'docker, postgres')).toEqual(['postgres', 'docker']);
    expect(neededParts([], '')).toEqual([]);
  });

  it('tells which projects are chosen', () => {
    expect(chosenProjects(['--selectProjects', 'e2e', '--passWithNoTests'])).toEqual(['e2e']);
    expect(chosenProjects(['--selectProjects', 'unit', 'medium'])).toEqual(['medium']);
    expect(chosenProjects(['--selectProjects', 'e2e', '--', 'test/e2e/nodes'])).toEqual(['e2e']);
    expect(chosenProjects(['--selectProjects', 'lab', '--', 'test/e2e/edge.lab.spec.ts'])).toEqual(['lab']);
    expect(chosenProjects([])).toEqual(['migrations', 'medium', 'conformance', 'e2e', 'lab']);
  });
});

import { compile } from '#libs/edge/compile/compile.js';
import { emptyShape, shapeOf } from '#libs/edge/render/render.js';
import type { EdgeRoute } from '#libs/edge/state.js';
import { endpoint, facts, project, route, settings, target } from '#libs/edge/testing/edge-fixture.js';
import { inForce, type EdgeForce } from './edge.acknowledge.js';

describe('the word that a project is in force', () => {
  const web = [target(1, endpoint('10.0.0.1', 80), endpoint('10.0.0.2', 80))];
  const word = (
    routes: EdgeRoute[],
    given: Partial<EdgeForce> = {},
    admitted: (address: string) => boolean = () => true,
  ) => {
    const wanted = project('p', { routes });
    const model = compile([wanted], settings, { ...facts, admitted: (_, each) => admitted(each.address) });
    const shape = shapeOf(model, settings);
    const force = { running: shape, wanted: shape, certificatesTried: () => true, drained: () => true, ...given };
    return inForce([wanted], model, force).length === 1;
  };

  it('is given when everything runs, and at once when there is nothing', () => {
    expect(word([route('a', { targets: web })])).toBe(true);
    expect(word([])).toBe(true);
  });

  it('waits for containers that the edge has not reached', () => {
    expect(word([route('a', { targets: web })], {}, (address) => address !== '10.0.0.2')).toBe(false);
  });

  it('waits for those that leave, and for certificates to be tried', () => {
    expect(word([route('a', { targets: web })], { drained: () => false })).toBe(false);
    expect(word([route('a', { targets: web })], { certificatesTried: () => false })).toBe(false);
  });

  it('waits for a reload that the route needs', () => {
    expect(word([route('a', { targets: web })], { running: emptyShape })).toBe(false);
    expect(word([route('a', { kind: 'tcp', host: '', port: 5_000 })], { running: emptyShape })).toBe(false);
  });

  it('does not wait for a route that can’t be served: that is said instead', () => {
    expect(word([route('a', { host: 'not a host', targets: web })], { running: emptyShape })).toBe(true);
  });
});

import fc from 'fast-check';
import { serverKey, type BackendModel, type EdgeModel } from '../compile/model.js';
import type { ServerSlot } from './tables.js';
import { planServers } from './server.plan.js';

const healthCheck = { kind: 'tcp' as const, path: '/', acceptedCodes: [], intervalMs: 1_000, rise: 1, fall: 1 };
const server = fc.record({
  address: fc.integer({ min: 1, max: 9 }).map((last) => `10.0.0.${last}`),
  port: fc.constantFrom(80, 81),
  weight: fc.integer({ min: 0, max: 256 }),
});
const servers = fc.uniqueArray(server, { selector: serverKey, maxLength: 6 });
const slots = fc
  .array(
    fc.record({
      address: fc.oneof(
        fc.constant('0.0.0.0'),
        fc.integer({ min: 1, max: 9 }).map((last) => `10.0.0.${last}`),
      ),
      port: fc.constantFrom(80, 81),
      weight: fc.integer({ min: 0, max: 256 }),
      maintenance: fc.boolean(),
      up: fc.boolean(),
    }),
    { maxLength: 10 },
  )
  .map((given): ServerSlot[] => given.map((slot, index) => ({ name: `s${index + 1}`, ...slot })));

const backend = (name: string, given: BackendModel['servers']): BackendModel => ({
  name,
  routeId: name,
  projectId: 'p',
  mode: 'http',
  affinityKey: null,
  checkHost: '',
  healthCheck,
  proxyProtocol: 'none',
  redirectToHttps: false,
  hstsMaxAgeSeconds: 0,
  slots: given.length,
  servers: given,
});
const modelOf = (...backends: BackendModel[]): EdgeModel => ({
  backends,
  tcpFrontends: [],
  routes: new Map(),
  challenges: new Map(),
  certificates: [],
  certificateLists: new Map(),
  problems: [],
});

/** A worker, as far as these commands go. */
function obey(running: Map<string, ServerSlot[]>, command: string): void {
  const [, , at = '', what, ...values] = command.split(' ');
  const [name = '', server] = at.split('/');
  const slot = running.get(name)?.find((each) => each.name === server);
  if (!slot) throw new Error(`No such server: ${command}`);
  if (what === 'weight') slot.weight = Number(values[0]);
  else if (what === 'state') slot.maintenance = values[0] === 'maint';
  else if (what === 'addr') [slot.address, slot.port] = [values[0] ?? '', Number(values[2])];
  else throw new Error(`Unknown: ${command}`);
}

const serving = (given: ServerSlot[] = []) =>
  given
    .filter(({ maintenance }) => !maintenance)
    .map(({ address, port, weight }) => ({ address, port, weight }))
    .sort((a, b) => (serverKey(a) < serverKey(b) ? -1 : 1));
const sorted = (given: BackendModel['servers']) => [...given].sort((a, b) => (serverKey(a) < serverKey(b) ? -1 : 1));

describe('changes of servers at run time', () => {
  it('end with exactly the wanted ones serving, when there is room, and then ask for nothing more', () => {
    fc.assert(
      fc.property(slots, slots, servers, (had, abandoned, wanted) => {
        const running = new Map([
          ['r_a', structuredClone(had)],
          ['r_gone', structuredClone(abandoned)],
          ['relay', structuredClone(abandoned)],
        ]);
        const model = modelOf(backend('r_a', wanted));
        let plan = planServers(running, model);
        for (const command of plan.commands) obey(running, command);
        // Slots that a leaving server still held are free the second time.
        if (plan.full.length > 0) {
          plan = planServers(running, model);
          for (const command of plan.commands) obey(running, command);
        }
        expect(serving(running.get('r_gone'))).toEqual([]);
        expect(running.get('relay')).toEqual(abandoned);
        if (had.length >= wanted.length) {
          expect(serving(running.get('r_a'))).toEqual(sorted(wanted));
          expect(planServers(running, model)).toEqual({ commands: [], full: [] });
        } else expect(plan.full).toEqual(['r_a']);
      }),
    );
  });

  it('never leave a backend with fewer servers in between than before or after', () => {
    fc.assert(
      fc.property(slots, servers, (had, wanted) => {
        const running = new Map([['r_a', structuredClone(had)]]);
        const counts = [serving(running.get('r_a')).length];
        for (const command of planServers(running, modelOf(backend('r_a', wanted))).commands) {
          obey(running, command);
          counts.push(serving(running.get('r_a')).length);
        }
        expect(Math.min(...counts)).toBe(Math.min(counts[0] ?? 0, counts.at(-1) ?? 0));
      }),
    );
  });
});

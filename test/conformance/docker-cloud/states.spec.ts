import { containerStates, desiredStates } from '#libs/domain/container/state.js';
import { Cloud, type Answer, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;

/** How a verb is called, relative to the resource. */
const calls: Record<string, (uri: string) => [method: string, path: string, body?: unknown]> = {
  deploy: (uri) => ['POST', `${uri}deploy/`],
  start: (uri) => ['POST', `${uri}start/`],
  stop: (uri) => ['POST', `${uri}stop/`],
  redeploy: (uri) => ['POST', `${uri}redeploy/`],
  scale: (uri) => ['POST', `${uri}scale/`],
  terminate: (uri) => ['DELETE', uri],
};

/**
 * What each state allows, by the documents' tables of states; `+` is what those tables leave out and the documents
 * have otherwise (`scale`, a stack's `stop`, a container's `redeploy`), `!` what this platform allows on top: the end
 * of what never comes up, and the start of the rest of what runs in part.
 */
const serviceTable: Record<string, string> = {
  'not-running': 'start terminate +scale',
  starting: '!terminate',
  running: 'stop redeploy terminate +scale',
  'partly-running': 'stop redeploy terminate +scale !start',
  scaling: '!terminate',
  redeploying: '!terminate',
  stopping: '!terminate',
  stopped: 'start redeploy terminate +scale',
  terminating: '',
  terminated: '',
};

const stackTable: Record<string, string> = {
  'not-running': 'start terminate',
  starting: '!terminate',
  running: 'redeploy terminate +stop',
  'partly-running': 'redeploy terminate +stop !start',
  stopping: '!terminate',
  stopped: 'start redeploy terminate',
  redeploying: '!terminate',
  terminating: '',
  terminated: '',
};

const containerTable: Record<string, string> = {
  Starting: '!terminate',
  Running: 'stop terminate +redeploy',
  Stopping: '!terminate',
  Stopped: 'start terminate +redeploy',
  Terminating: '',
  Terminated: '',
};

/** Of the operator's hosts. Its size is part of its definition, so a call with another one is its `scale`. */
const clusterTable: Record<string, string> = {
  Init: 'deploy terminate +scale',
  Deploying: '!terminate !scale',
  Deployed: 'terminate +scale',
  'Partly deployed': 'terminate +scale',
  Scaling: '!terminate',
  Terminating: '',
  'Empty cluster': 'terminate +scale',
};

const allows = (table: Record<string, string>, state: string, verb: string) =>
  (table[state] ?? '')
    .split(' ')
    .map((each) => each.replace(/^[+!]/, ''))
    .includes(verb);

const cases = (table: Record<string, string>, verbs: string[]) =>
  Object.keys(table).map((state) => ({
    state,
    verbs: verbs.map((verb) => ({ verb, ok: allows(table, state, verb) })),
  }));

// real: PostgreSQL, HTTP; what rests is put into its state in the database, and nothing is reconciled meanwhile
describe('states and the actions that they allow', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let made = 0;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('states');
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  const sql = (text: string, values: unknown[]) => cloud.plane.owner.query(text, values);
  const verdict = ({ status, body }: Answer, refusal: RegExp) => {
    if (status !== 409) return status === 200 || status === 202 ? 'allowed' : `${status} ${JSON.stringify(body)}`;
    expect(Object.keys(body)).toEqual(['error']);
    expect(body['error']).toMatch(refusal);
    return 'refused';
  };
  const fresh = async (type: 'service' | 'stack', state: string): Promise<string> => {
    const name = `n${++made}`;
    const service = { image: 'nginx', name };
    const wish = type === 'stack' ? { name, services: [service] } : service;
    const { body } = await call('POST', `/api/app/v1/${type}/`, wish);
    const ended = state === 'terminated' ? ', destroyed_at = now()' : '';
    await sql(`UPDATE ${type} SET state = $2${ended} WHERE id = $1`, [body['uuid'], state]);
    return body['resource_uri'] as string;
  };

  describe.each([
    ['service', serviceTable, ['start', 'stop', 'redeploy', 'scale', 'terminate']],
    ['stack', stackTable, ['start', 'stop', 'redeploy', 'terminate']],
  ] as const)('of a %s', (type, table, all) => {
    it.each(cases(table, [...all]))('$state', async ({ state, verbs }) => {
      for (const { verb, ok } of verbs) {
        const uri = await fresh(type, state);
        const words = state === 'terminated' ? 'any action; make' : `${verb}( or any other action|; it allows .+)`;
        const refusal = new RegExp(
          `^${type} "n\\d+" is ${state.replace('-', ' ')}, which does not allow ${words}`,
          'i',
        );
        const [method, path, body] = calls[verb]!(uri);
        expect([verb, verdict(await call(method, path, body), refusal)]).toEqual([verb, ok ? 'allowed' : 'refused']);
      }
    });
  });

  describe('of a container', () => {
    const left: Body[] = [];
    const all = ['start', 'stop', 'redeploy', 'terminate'];
    beforeAll(async () => {
      await cloud.plane.node();
      const wish = { image: 'nginx', name: 'many', target_num_containers: 64 };
      const service = await call('POST', '/api/app/v1/service/', wish);
      await call('POST', `${service.body['resource_uri'] as string}start/`);
      await cloud.plane.settle();
      const listed = await call('GET', '/api/app/v1/container/?service__name=many&state=Running&limit=100');
      left.push(...(listed.body['objects'] as Body[]));
      expect(left).toHaveLength(64);
    });

    it.each(desiredStates.flatMap((desired) => containerStates.map((state) => ({ desired, state }))))(
      '$state, wanted $desired',
      async ({ desired, state }) => {
        for (const verb of all) {
          const one = left.at(-1) as Body;
          const removed = state === 'removed' ? 'now()' : 'NULL';
          await sql(`UPDATE container SET desired = $2, state = $3, removed_at = ${removed} WHERE id = $1`, [
            ...[one['uuid'], desired, state],
          ]);
          const shown = (await call('GET', one['resource_uri'] as string)).body['state'] as string;
          // One that ended by itself is still wanted, and can be given up.
          const given = shown === 'Stopped' && desired === 'running' && verb === 'stop';
          const ok = given || allows(containerTable, shown, verb);
          const [method, path] = calls[verb]!(one['resource_uri'] as string);
          const words = shown === 'Terminated' ? 'any action; make' : `${verb}( or any other action|; it allows .+)`;
          const refusal = new RegExp(`^Container "many-\\d+" is .+, which does not allow ${words}`);
          expect([shown, verb, verdict(await call(method, path), refusal)]).toEqual([
            ...[shown, verb, ok ? 'allowed' : 'refused'],
          ]);
          // What was allowed has changed it.
          if (ok) left.pop();
        }
      },
    );
  });

  describe('of a node cluster of the operator’s hosts', () => {
    /** Puts a fresh cluster and a host of it into what the state is made of. */
    const facts: Record<string, { cluster: string; nodes: string[]; releasing?: boolean }> = {
      Init: { cluster: 'deployed_at = NULL', nodes: [] },
      Deploying: { cluster: 'deployed_at = now()', nodes: ['joining'] },
      Deployed: { cluster: 'deployed_at = now()', nodes: ['ready'] },
      'Partly deployed': { cluster: 'deployed_at = now(), target_nodes = 2', nodes: ['ready'] },
      Scaling: { cluster: 'deployed_at = now()', nodes: ['ready'], releasing: true },
      Terminating: { cluster: 'deployed_at = now(), terminating = true, target_nodes = 0', nodes: ['ready'] },
      'Empty cluster': { cluster: 'deployed_at = now(), target_nodes = 0', nodes: [] },
    };
    const scale: (typeof calls)[string] = (uri) => ['PATCH', uri, { target_num_nodes: 3 }];

    it.each(cases(clusterTable, ['deploy', 'scale', 'terminate']))('$state', async ({ state, verbs }) => {
      for (const { verb, ok } of verbs) {
        const region = `r${++made}`;
        const hosts = await Promise.all(Array.from({ length: 4 }, () => cloud.plane.node()));
        const labels = JSON.stringify({ region, type: 'small', zone: 'a' });
        for (const { id } of hosts) {
          await sql('UPDATE node SET claimable = true, labels = $2 WHERE id = $1', [id, labels]);
        }
        const { body } = await call('POST', '/api/infra/v1/nodecluster/', {
          name: `c${made}`,
          region: `/api/infra/v1/region/pool/${region}/`,
          node_type: '/api/infra/v1/nodetype/pool/small/',
          target_num_nodes: 1,
        });
        const { cluster, nodes, releasing } = facts[state]!;
        await sql(`UPDATE node_cluster SET ${cluster} WHERE id = $1`, [body['uuid']]);
        for (const [index, nodeState] of nodes.entries()) {
          await sql(
            `UPDATE node SET node_cluster_id = $2, organization_id = $3, state = $4, releasing_since = ${releasing ? 'now()' : 'NULL'} WHERE id = $1`,
            [hosts[index]!.id, body['uuid'], tenant.organizationId, nodeState],
          );
        }
        const uri = body['resource_uri'] as string;
        expect((await call('GET', uri)).body['state']).toBe(state);
        const [method, path, wish] = (verb === 'scale' ? scale : calls[verb]!)(uri);
        expect([verb, verdict(await call(method, path, wish), /^The cluster "c\d+" is .+\.$/)]).toEqual([
          ...[verb, ok ? 'allowed' : 'refused'],
        ]);
      }
    });
  });

  it('of what was terminated: it is read, and nothing else', async () => {
    const uri = await fresh('service', 'terminated');
    expect((await call('GET', uri)).body['state']).toBe('Terminated');
    expect((await call('PATCH', uri, { target_num_containers: 2 })).status).toBe(409);
    expect((await call('POST', `${uri}trigger/`, { name: 'late' })).status).toBe(409);
    const stack = await fresh('stack', 'terminated');
    expect((await call('PATCH', stack, { services: [] })).status).toBe(409);
  });
});

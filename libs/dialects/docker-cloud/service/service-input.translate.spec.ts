import { newServiceInput, nameOfImage, withTag } from './service-input.translate.js';
import { serviceCreateWire, serviceUpdateWire } from './service.wire.js';

const id = '80ff1635-2d56-478d-a97f-9b59c720e513';
const read = (body: object) => newServiceInput(serviceCreateWire.parse({ image: 'tutum/hello-world', ...body }));

describe('the body of a service', () => {
  it.each([
    ['redis', 'redis:latest'],
    ['host:5000/redis', 'host:5000/redis:latest'],
    ['redis:3', 'redis:3'],
    [`redis@sha256:${'0'.repeat(64)}`, `redis@sha256:${'0'.repeat(64)}`],
  ])('means %s as %s', (image, expected) => expect(withTag(image)).toBe(expected));

  it.each([
    ['tutum/hello-world', 'hello-world'],
    ['host:5000/a/b:1', 'b'],
    ['redis@sha256:0', 'redis'],
  ])('names a service of %s "%s"', (image, name) => expect(nameOfImage(image)).toBe(name));

  it('needs an image alone', () => {
    expect(read({})).toMatchObject({
      name: 'hello-world',
      replicas: 1,
      template: { image: 'tutum/hello-world:latest', command: null },
      restart: { condition: 'never' },
      rollout: { kind: 'recreate' },
    });
    expect(serviceCreateWire.safeParse({}).error?.issues[0]?.path).toEqual(['image']);
  });

  it('replaces one container after another when deployed in sequence', () => {
    expect(read({ sequential_deployment: true })).toMatchObject({
      sequential: true,
      rollout: { kind: 'rolling', parallelism: 1, order: 'stop-first' },
    });
  });

  it('publishes a port that has a place on the host, and one that is said to be published', () => {
    const { template } = read({
      container_ports: [
        { inner_port: '80', outer_port: '8080', protocol: 'tcp' },
        { inner_port: 81, published: true },
        { inner_port: 82 },
        { inner_port: 83, outer_port: 83, published: false, endpoint_uri: null, port_name: 'x' },
      ],
    });
    expect(template.ports?.map(({ published, hostPort }) => [published, hostPort])).toEqual([
      [true, 8080],
      [true, null],
      [false, null],
      [false, null],
    ]);
  });

  it('takes links by address with a name, or by name', () => {
    const links = [
      { to_service: `/api/app/v1/service/${id}/`, name: 'db', from_service: null },
      { to_service: 'cache.other', secrets: true },
    ];
    expect(read({ linked_to_service: links }).links).toEqual([
      { alias: 'db', service: id, secrets: false },
      { alias: 'cache', service: 'cache.other', secrets: true },
    ]);
    expect(() => read({ linked_to_service: [{ to_service: `/api/app/v1/service/${id}/` }] })).toThrow(/needs a name/);
    expect(() => read({ linked_to_service: [{ to_service: '/api/app/v1/stack/x/', name: 'x' }] })).toThrow(
      /not the address/,
    );
  });

  it('takes bindings of paths, volumes and other services', () => {
    const input = read({
      bindings: [
        { container_path: '/tmp' },
        { host_path: '/etc', container_path: '/etc', rewritable: false },
        { volumes_from: `/api/app/v1/harbor/service/${id}/`, container_path: null, host_path: null, rewritable: true },
      ],
    });
    expect(input.template.mounts).toEqual([
      { kind: 'volume', volume: null, perInstance: true, target: '/tmp', readOnly: false },
      { kind: 'host-path', source: '/etc', target: '/etc', readOnly: true },
    ]);
    expect(input.volumesFrom).toEqual([id]);
  });

  it.each([{}, { host_path: '/etc' }, { container_path: 'x' }, { container_path: '/x', volumes_from: id }])(
    'refuses the binding %j',
    (binding) => expect(() => read({ bindings: [binding] })).toThrow(/^bindings\.0/),
  );

  it.each([
    [{ nmae: 'web' }, /nmae/],
    [{ container_ports: [{ inner_port: 80, outr_port: 80 }] }, /outr_port/],
    [{ target_num_containers: 'many' }, /target_num_containers/],
    [{ container_ports: [{ inner_port: 70_000 }] }, /container_ports/],
    [{ autorestart: 'SOMETIMES' }, /autorestart/],
    [{ privileged: 'yes' }, /privileged/],
    [{ name: 'n'.repeat(64) }, /name/],
    [{ tags: [{ nam: 'x' }] }, /tags/],
    [{ roles: ['admin'] }, /roles/],
  ])('refuses %j, naming the attribute', (body, name) => {
    const { error } = serviceUpdateWire.safeParse(body);
    expect(JSON.stringify(error?.issues)).toMatch(name);
  });

  it('lets what a service shows and nobody writes come back without effect', () => {
    const shown = {
      uuid: 'x',
      state: 'Running',
      resource_uri: '/x/',
      containers: [],
      synchronized: true,
      image_name: 'y',
    };
    expect(read(shown)).toEqual(read({}));
  });
});

import { DockerDriver } from '#libs/runtime/docker/docker.driver.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { fakePrograms } from './fake-programs.js';
import type { RuntimeLab } from './lab.js';
import { describeRuntime } from './runtime.harness.js';

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: the tests' engines did not start.`);
  return value;
};

/** Nothing listens on this port, so the pull ends at once and never leaves the machine. */
const missingImage = '127.0.0.1:1/no/such-image:1';

const engineLab = (variable: string) => (): Promise<RuntimeLab> => {
  const socketPath = required(variable);
  return Promise.resolve({
    driver: (scope) => new DockerDriver({ socketPath, scope }),
    image: required('PIERHEAD_TEST_IMAGE'),
    missingImage,
  });
};

describeRuntime('fake', () => {
  const image = 'localhost/pierhead/sample:latest';
  const engine = new FakeEngine({ images: [image], programs: fakePrograms });
  return Promise.resolve({ driver: (scope) => new FakeRuntime(scope, engine), image, missingImage });
});

describeRuntime('Podman', engineLab('PIERHEAD_TEST_PODMAN_SOCKET'));

describeRuntime('Docker', engineLab('PIERHEAD_TEST_DOCKER_SOCKET'));

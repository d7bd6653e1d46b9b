import fc from 'fast-check';
import { serviceSpec, type ServiceSpec } from '#libs/domain/service/spec.js';
import type { ServiceDetails } from '#libs/core/service/service.repository.port.js';
import { takeService } from '#libs/core/service/service-intake.js';
import { changedServiceInput, newServiceInput, rolloutOf } from './service-input.translate.js';
import { toService } from './service.translate.js';
import { serviceCreateWire, serviceUpdateWire } from './service.wire.js';
import { anySpec } from '../testing/service-spec.arbitrary.js';

const details = (spec: ServiceSpec): ServiceDetails => ({
  id: '09cbcf8d-a727-40d9-b420-c8e18b7fa55b',
  organizationId: 'o',
  projectId: 'p',
  stackId: null,
  name: spec.name,
  spec,
  intent: 'created',
  state: 'not-running',
  stateMessage: null,
  synchronized: true,
  revision: 0,
  replicas: 0,
  reserved: { containers: 0, memoryBytes: 0, milliCpu: 0 },
  lookAgainAt: null,
  deployedAt: null,
  startedAt: null,
  stoppedAt: null,
  destroyedAt: null,
  createdAt: new Date(0),
  rowVersion: 1,
  stackName: null,
  containers: [],
  linkedFrom: [],
});

const itself = (reference: string) => reference;

describe('a service', () => {
  it('made from what another one shows has the same definition', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const shown = serviceCreateWire.parse(
          toService(details(spec), 'harbor', { domain: 'cloud.example', publicUrl: null }),
        );
        const made = takeService(newServiceInput(shown), itself);
        expect(made).toEqual({ ...spec, displayName: spec.displayName ?? spec.name });
      }),
      { numRuns: 200 },
    );
  });

  it('is not changed by what it shows, nor by an empty body', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const shown = serviceUpdateWire.parse(
          toService(details(spec), 'harbor', { domain: 'cloud.example', publicUrl: null }),
        );
        expect(takeService(changedServiceInput(spec, shown), itself)).toEqual({
          ...spec,
          displayName: spec.displayName ?? spec.name,
        });
        expect(takeService(changedServiceInput(spec, serviceUpdateWire.parse({})), itself)).toEqual(spec);
      }),
      { numRuns: 200 },
    );
  });

  it('gets its defaults back by null', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const nothing = Object.fromEntries(
          Object.keys(serviceUpdateWire.shape)
            .filter((name) => name !== 'image')
            .map((name) => [name, null]),
        );
        const bare = takeService(changedServiceInput(spec, serviceUpdateWire.parse(nothing)), itself);
        const { name, template, restart } = spec;
        const ownTemplate = { image: template.image, imageVolumes: 'instance' as const };
        const fresh = serviceSpec.parse({ name, template: ownTemplate, naming: 'docker-cloud' });
        const rollout = { ...spec.rollout, ...(spec.sequential ? rolloutOf(false) : {}) };
        expect(bare).toEqual({ ...fresh, restart: { ...restart, condition: 'never' }, rollout });
      }),
      { numRuns: 100 },
    );
  });
});

import fc from 'fast-check';
import { takeService } from '#libs/core/service/service-intake.js';
import { newServiceInput } from '../service/service-input.translate.js';
import { anySpec } from '../testing/service-spec.arbitrary.js';
import { toStackFile } from './stack-file-export.translate.js';
import { fromStackFile } from './stack-file.translate.js';
import { stackServiceWire } from './stack-file.wire.js';

const itself = (text: string) => text;
const read = (service: Record<string, unknown>) =>
  takeService(newServiceInput(fromStackFile(stackServiceWire.parse(service), itself)), itself);

describe('a stack file', () => {
  it('made of an export gives the same services', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        // What the file has no notation for: a shown name, and a read-only volume of the container's own.
        const mounts = spec.template.mounts.map((mount) =>
          mount.kind === 'volume' && mount.volume === null ? { ...mount, readOnly: false } : mount,
        );
        const { ports, ...template } = spec.template;
        const ordered = [...ports.filter((port) => port.published), ...ports.filter((port) => !port.published)];
        const made = read({ name: spec.name, ...toStackFile(spec, itself) });
        expect(made).toEqual({ ...spec, displayName: null, template: { ...template, ports: ordered, mounts } });
      }),
      { numRuns: 200 },
    );
  });

  it('says only what differs from the defaults', () => {
    const spec = read({ name: 'web', image: 'nginx' });
    expect(toStackFile(spec, itself)).toEqual({ image: 'nginx:latest' });
  });
});

import { invalid } from '#libs/domain/error.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';

/** What lets a container reach its host. Off by default: nodes are shared between tenants. */
export class HostAccessPolicy {
  constructor(private readonly allowed: boolean) {}

  /** Refuses with `invalid`, naming the field, when the platform does not allow what the template asks for. */
  check(template: ContainerTemplate): void {
    if (this.allowed) return;
    const refused: [boolean, string, string][] = [
      [template.privileged, 'template.privileged', 'Privileged containers are'],
      [template.networkMode === 'host', 'template.networkMode', 'The host’s network is'],
      [template.pidMode === 'host', 'template.pidMode', 'The host’s process namespace is'],
      [template.capAdd.length > 0, 'template.capAdd', 'Added capabilities are'],
      [template.devices.length > 0, 'template.devices', 'Host devices are'],
      [template.securityOpt.length > 0, 'template.securityOpt', 'Security options are'],
      [template.cgroupParent !== null, 'template.cgroupParent', 'A cgroup parent is'],
      [template.mounts.some((mount) => mount.kind === 'host-path'), 'template.mounts', 'Host paths are'],
    ];
    for (const [asked, field, what] of refused) {
      if (asked) throw invalid(field, `${what} not allowed on this platform; an operator can allow host access.`);
    }
  }
}

import type { ContainerTemplate } from '#libs/domain/container/template.js';
import { writeCommandLine } from '../wire/command-line.translate.js';

const mebibyte = 1024 * 1024;
const megabytes = (bytes: number | null): number | null => (bytes === null || bytes < 0 ? bytes : bytes / mebibyte);

/** What a service and each of its containers show alike of what is run. */
export const templateAttributes = (template: ContainerTemplate) => ({
  cap_add: template.capAdd,
  cap_drop: template.capDrop,
  cgroup_parent: template.cgroupParent,
  container_envvars: template.environment.map(({ name, value }) => ({ key: name, value })),
  cpu_shares: template.resources.cpuShares,
  cpuset: template.resources.cpuset,
  devices: template.devices,
  dns: template.dns,
  dns_search: template.dnsSearch,
  domainname: template.domainname,
  entrypoint: writeCommandLine(template.entrypoint),
  extra_hosts: template.extraHosts,
  hostname: template.hostname,
  image: template.image,
  image_name: template.image,
  labels: template.labels,
  mac_address: template.macAddress,
  memory: megabytes(template.resources.memoryBytes),
  memory_swap: megabytes(template.resources.memorySwapBytes),
  net: template.networkMode,
  pid: template.pidMode === 'host' ? 'host' : 'none',
  privileged: template.privileged,
  read_only: template.readOnlyRoot,
  run_command: writeCommandLine(template.command),
  security_opt: template.securityOpt,
  stdin_open: template.stdinOpen,
  tty: template.tty,
  user: template.user,
  working_dir: template.workingDir,
});

import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { RuntimeContainerSpec } from '#libs/runtime/container.js';
import { runtimeLabels, type Labels } from '#libs/runtime/labels.js';
import type { SpecPart } from '../hooks/runtime.hook.js';

/** The engine's container for an assignment, with what the hooks prepared. */
export function containerSpec(
  assignment: NodeAssignment,
  template: ContainerTemplate,
  parts: readonly SpecPart[],
): RuntimeContainerSpec {
  const { imageDigest: _digest, ...prepared }: SpecPart = Object.assign({}, ...parts);
  return {
    ...prepared,
    name: assignment.name,
    template,
    labels: containerLabels(assignment),
    extraEnvironment: assignment.platformEnvironment,
  };
}

const containerLabels = (assignment: NodeAssignment): Labels => ({
  [runtimeLabels.container]: assignment.containerId,
  [runtimeLabels.organization]: assignment.organizationId,
  [runtimeLabels.project]: assignment.projectId,
  ...(assignment.serviceId && { [runtimeLabels.service]: assignment.serviceId }),
  [runtimeLabels.generation]: String(assignment.generation),
});

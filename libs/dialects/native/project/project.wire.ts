import { z } from 'zod';
import type { ProjectRecord } from '#libs/core/identity/project.repository.port.js';

const displayName = z.string().min(1).max(200);

export const newProjectBody = z.strictObject({
  name: z.string(),
  /** Unique on the platform; the organization's name and the project's when left out. */
  namespace: z.string().optional(),
  displayName: displayName.optional(),
});
export const projectPatchBody = z.strictObject({ displayName });

export const projectAnswer = z.object({
  id: z.uuid(),
  organizationId: z.uuid(),
  name: z.string(),
  namespace: z.string(),
  displayName: z.string(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toProject = (project: ProjectRecord): z.infer<typeof projectAnswer> => ({
  id: project.id,
  organizationId: project.organizationId,
  name: project.name,
  namespace: project.namespace,
  displayName: project.displayName,
  createdAt: project.createdAt.toISOString(),
  resourceUri: `/api/v1/projects/${project.id}`,
});

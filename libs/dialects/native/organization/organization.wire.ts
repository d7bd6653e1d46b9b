import { z } from 'zod';
import type { OrganizationRecord } from '#libs/core/identity/organization.repository.port.js';
import type { FoundedOrganization } from '#libs/core/identity/organization.service.js';
import { projectAnswer, toProject } from '../project/project.wire.js';
import { toUser, userAnswer } from '../user/user.wire.js';

const displayName = z.string().min(1).max(200);

export const newOrganizationBody = z.strictObject({
  name: z.string(),
  displayName: displayName.optional(),
  owner: z.strictObject({
    name: z.string(),
    password: z.string().max(256).optional(),
    email: z.email().max(254).optional(),
  }),
});
export const organizationPatchBody = z.strictObject({ displayName });

export const organizationAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  displayName: z.string(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toOrganization = (organization: OrganizationRecord): z.infer<typeof organizationAnswer> => ({
  id: organization.id,
  name: organization.name,
  displayName: organization.displayName,
  createdAt: organization.createdAt.toISOString(),
  resourceUri: `/api/v1/organizations/${organization.id}`,
});

export const foundedAnswer = z.object({
  organization: organizationAnswer,
  project: projectAnswer,
  user: userAnswer,
  /** Shown once. */
  apiKey: z.string(),
});

export const toFounded = (founded: FoundedOrganization): z.infer<typeof foundedAnswer> => ({
  organization: toOrganization(founded.organization),
  project: toProject(founded.project),
  user: toUser(founded.user),
  apiKey: founded.apiKey,
});

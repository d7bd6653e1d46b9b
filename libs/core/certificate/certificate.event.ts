import { certificateState } from '#libs/domain/certificate/state.js';
import type { EventVerb } from '#libs/domain/event/event.js';
import type { NewEvent } from '../event/event-log.port.js';
import type { CertificateRecord } from './certificate.repository.port.js';

/** Edges read the project anew when it comes. */
export const certificateEvent = (certificate: CertificateRecord, verb: EventVerb, now: Date): NewEvent => ({
  organizationId: certificate.organizationId,
  projectId: certificate.projectId,
  type: 'certificate',
  verb,
  resourceId: certificate.id,
  state: certificateState(certificate.notAfter, now),
  parents: [],
});

/** Whether the platform has certificates issued; a class so that it can be injected. */
export class CertificateSettings {
  constructor(readonly issues: boolean) {}
}

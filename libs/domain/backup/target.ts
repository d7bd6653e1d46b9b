/** `s3`: a bucket of a store that speaks S3 · `share`: one of the file shares that the project may use. */
export const backupTargetKinds = ['s3', 'share'] as const;
export type BackupTargetKind = (typeof backupTargetKinds)[number];

/** All but the secret key. */
export interface S3Settings {
  kind: 's3';
  /** Origin of the store, e.g. `https://s3.eu-central-1.example`. */
  endpoint: string;
  region: string;
  bucket: string;
  /** Before every key; empty, or without a slash at either end. */
  prefix: string;
  /** The bucket stands in the path, not in the host’s name. */
  pathStyle: boolean;
  accessKeyId: string;
}

export interface ShareSettings {
  kind: 'share';
  shareId: string;
}

export type BackupTargetSettings = S3Settings | ShareSettings;

/** Everything of one backup is below it, half-done attempts included. */
export const backupPrefix = (place: { projectId: string; volumeId: string; id: string }): string =>
  `volumes/${place.projectId}/${place.volumeId}/${place.id}/`;

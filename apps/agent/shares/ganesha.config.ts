import { isIP } from 'node:net';

export interface Export {
  /** 1 to 65535; the same for as long as the share is exported. */
  exportId: number;
  shareId: string;
  /** On this node. */
  folder: string;
  /** Addresses that may mount it; nobody else sees that it is there. */
  clients: readonly string[];
}

export interface GaneshaSettings {
  address: string;
  port: number;
  /** Its own folder, for what it remembers of clients. */
  folder: string;
  /**
   * Clients of a server that was started again have so long to say what they held, and all others wait for it.
   * At least 2: it looks whether the time is over every half of it.
   */
  graceSeconds: number;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '')}"`;

/** NFS 4 over TCP only: no port mapper, no lock manager, nothing but the exports. */
export function ganeshaConfig(
  { address, port, folder, graceSeconds }: GaneshaSettings,
  exports: readonly Export[],
): string {
  const head = [
    'NFS_CORE_PARAM {',
    '  NFS_Protocols = 4;',
    `  NFS_Port = ${port};`,
    `  Bind_addr = ${address};`,
    '  Enable_UDP = false;',
    '  Enable_NLM = false;',
    '  Enable_RQUOTA = false;',
    '  mount_path_pseudo = true;',
    '}',
    'NFS_KRB5 { Active_krb5 = false; }',
    'NFSv4 {',
    `  Lease_Lifetime = ${graceSeconds};`,
    `  Grace_Period = ${graceSeconds};`,
    '  RecoveryBackend = fs;',
    `  RecoveryRoot = ${quoted(folder)};`,
    '  Only_Numeric_Owners = true;',
    '  Allow_Numeric_Owners = true;',
    '}',
    'EXPORT_DEFAULTS { Access_Type = None; Protocols = 4; Transports = TCP; SecType = sys; }',
    'LOG { Default_Log_Level = EVENT; }',
  ];
  return `${[...head, ...exports.flatMap(exportLines)].join('\n')}\n`;
}

function exportLines({ exportId, shareId, folder, clients }: Export): string[] {
  const addresses = clients.filter((client) => isIP(client) !== 0);
  if (addresses.length === 0) return [];
  return [
    'EXPORT {',
    `  Export_Id = ${exportId};`,
    `  Path = ${quoted(folder)};`,
    `  Pseudo = "/${shareId}";`,
    '  FSAL { Name = VFS; }',
    // Containers are root on their own files, as on a local volume.
    `  CLIENT { Clients = ${addresses.join(', ')}; Access_Type = RW; Squash = No_Root_Squash; Protocols = 4; }`,
    '}',
  ];
}

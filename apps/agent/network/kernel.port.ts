export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The kernel's network, by the programs that change it and by its settings. */
export abstract class KernelPort {
  /** Runs `ip`, `bridge`, `nft`, `iptables` or `arping` to its end; never throws for what the program says. */
  abstract run(command: string, args: readonly string[], input?: string): Promise<CommandResult>;
  /** A setting below /proc/sys/net; null where the device or the setting is not there. */
  abstract readSetting(path: string): Promise<string | null>;
  abstract writeSetting(path: string, value: string): Promise<void>;
}

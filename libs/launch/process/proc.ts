export {
  identify,
  isStillRunning,
  parseStat,
  signalIfStillRunning,
  type ProcessIdentity,
} from '#libs/platform/process/proc.js';

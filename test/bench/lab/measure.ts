import type { Result } from '../report/result.js';
import type { Lab } from './lab.js';

export interface Measure {
  name: string;
  /** How often each side is measured unless the command line says otherwise. */
  rounds: number;
  run(lab: Lab, rounds: number): Promise<Result[]>;
}

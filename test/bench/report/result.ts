import { median, pairedRatios, spread, type Spread } from './statistics.js';

/** What a measure is held against. */
export interface Aim {
  /** Which figure: the ratio to the peer, or ours alone. */
  of: 'ratio' | 'ours';
  bound: 'at-most' | 'at-least';
  value: number;
}

/** One line of the report. */
export interface Result {
  name: string;
  unit: string;
  ours: Spread;
  /** What the other side did in the same rounds; null when there is none. */
  peer: Spread | null;
  peerName: string | null;
  /** Of ours to the peer's, round by round. */
  ratio: Spread | null;
  aim: Aim | null;
  /** Null without an aim. */
  met: boolean | null;
  /** By how many per cent of the aim it is missed; null when met or without an aim. */
  missedByPercent: number | null;
}

export interface Samples {
  name: string;
  unit: string;
  ours: readonly number[];
  peer?: { name: string; samples: readonly number[] };
  aim?: Aim;
}

/** The aim is judged by the median. Throws when the aim is on a ratio and there is no peer. */
export function toResult({ name, unit, ours, peer, aim }: Samples): Result {
  const ratios = peer ? pairedRatios(ours, peer.samples) : null;
  const judged = aim?.of === 'ratio' ? ratios : ours;
  if (!judged) throw new Error(`${name} has no peer to be held against.`);
  const met = aim ? meets(median(judged), aim) : null;
  return {
    name,
    unit,
    ours: spread(ours),
    peer: peer ? spread(peer.samples) : null,
    peerName: peer?.name ?? null,
    ratio: ratios ? spread(ratios) : null,
    aim: aim ?? null,
    met,
    missedByPercent: aim && met === false ? Math.abs(median(judged) / aim.value - 1) * 100 : null,
  };
}

const meets = (value: number, aim: Aim): boolean => (aim.bound === 'at-most' ? value <= aim.value : value >= aim.value);

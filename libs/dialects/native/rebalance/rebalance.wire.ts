import { z } from 'zod';
import { mostMoves, type BegunRebalance, type RebalanceProposal } from '#libs/core/rebalance/rebalance.service.js';

const fewMoves = 10;

export const rebalanceQuery = z.object({
  /** At most so many moves. */
  moves: z.coerce.number().int().min(1).max(mostMoves).default(fewMoves),
});
export const rebalanceBody = z.strictObject({ moves: z.int().min(1).max(mostMoves).default(fewMoves) });
export const rebalanceSetting = z.strictObject({
  /** 0: nothing is moved by itself. */
  movesPerMinute: z.int().min(0).max(mostMoves),
});

const spread = z.object({ fewest: z.int(), most: z.int() });
const plan = {
  moves: z.array(
    z.object({
      containerId: z.uuid(),
      serviceId: z.uuid(),
      fromNodeId: z.uuid(),
      toNodeId: z.uuid(),
      reason: z.string(),
    }),
  ),
  /** Containers on the nodes with the fewest and the most, now and when the plan is done. */
  before: spread,
  after: spread,
};
export const rebalanceProposal = z.object({
  ...plan,
  movesPerMinute: z.int(),
  /** Containers that are not moved, and why. */
  staying: z.array(z.object({ containerId: z.uuid(), name: z.string(), reason: z.string() })),
});
export const rebalanceBegun = z.object({ ...plan, actionIds: z.array(z.uuid()) });

type Plan = BegunRebalance['plan'];

const toMove = ({ containerId, serviceId, fromNodeId, toNodeId, reason }: Plan['moves'][number]) => ({
  ...{ containerId, serviceId, fromNodeId, toNodeId, reason },
});
const toPlan = ({ moves, before, after }: Plan) => ({ moves: moves.map(toMove), before, after });

export const toProposal = (proposal: RebalanceProposal): z.infer<typeof rebalanceProposal> => ({
  ...toPlan(proposal),
  movesPerMinute: proposal.movesPerMinute,
  staying: proposal.staying,
});
export const toBegun = (begun: BegunRebalance): z.infer<typeof rebalanceBegun> => ({
  ...toPlan(begun.plan),
  actionIds: begun.actions.map(({ id }) => id),
});

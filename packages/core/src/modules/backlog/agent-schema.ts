import * as z from 'zod';
import { Id, storable, Timestamp } from '../../schema-kit.ts';
import { ProjectOnly } from './schema.ts';

export const ClaimForAgent = ProjectOnly.extend({
  // As long as a body can be: whatever text names no feature is answered, and not refused.
  featureId: z.string().max(1_048_576).check(storable).meta({ description: 'What is no id is `feature_not_found` too' }),
  dryRun: z.boolean().default(false).meta({ description: 'Only say what would come of it' }),
});
export type ClaimForAgent = z.infer<typeof ClaimForAgent>;
export const AgentQuota = z.object({
  used: z.int().meta({ description: 'Loops of this UTC month, of the whole organization' }),
  limit: z.int().nullable(),
  resetsAt: Timestamp,
});
export type AgentQuota = z.infer<typeof AgentQuota>;
export const AgentClaim = z
  .object({
    claimed: z.boolean(),
    reason: z
      .enum(['loop_quota_exhausted', 'agent_paused', 'feature_not_found', 'dry_run_ok'])
      .optional()
      .meta({ description: 'Why it is not claimed' }),
    alreadyCounted: z.boolean().optional().meta({ description: 'It was claimed before, and has cost nothing now' }),
    quota: AgentQuota,
  })
  .meta({
    id: 'AgentClaim',
    examples: [{ claimed: true, alreadyCounted: false, quota: { used: 4, limit: 100, resetsAt: '2026-12-01T00:00:00.000Z' } }],
  });
export type AgentClaim = z.infer<typeof AgentClaim>;

/** Of a forge, which may be one's own and without a certificate. */
const WebUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .check(storable);
export const ReportAgentEvent = ProjectOnly.extend({
  kind: z.enum(['agent.pr_opened', 'agent.needs_context']),
  featureId: Id,
  prUrl: WebUrl.nullish(),
  draftPrUrl: WebUrl.nullish(),
  questions: z.union([z.string().max(5_000).check(storable), z.array(z.string().max(1_000).check(storable)).max(20)]).nullish(),
});
export type ReportAgentEvent = z.infer<typeof ReportAgentEvent>;
export const Accepted = z.object({ accepted: z.literal(true) }).meta({ id: 'Accepted' });

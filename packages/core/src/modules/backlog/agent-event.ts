import { DomainError } from '@reqbase/auth';
import { type Act, actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { beginning } from '../conversations/excerpt.ts';
import { notify } from '../notifications/notify.ts';
import type { ReportAgentEvent } from './agent-schema.ts';
import { whereFeature } from './service.ts';
import { isPublic } from './visibility.ts';

const LONGEST_BODY = 5_000;

/** Tells the team what an agent has done or needs. @throws {DomainError} FEATURE_NOT_FOUND */
export async function reportAgentEvent(ctx: ProjectContext, input: ReportAgentEvent): Promise<{ accepted: true }> {
  const { kind, featureId, prUrl, draftPrUrl } = input;
  const questions = typeof input.questions === 'string' ? [input.questions] : (input.questions ?? []);
  return write(ctx, async (tx, audit) => {
    const feature = await tx.feature.findFirst({
      where: whereFeature(ctx, featureId),
      select: { number: true, title: true, category: true },
    });
    if (feature === null) throw new DomainError('FEATURE_NOT_FOUND');
    await audit({ action: kind, resourceType: 'feature', resourceId: featureId });
    const act = actOf(ctx);
    const byAgent: Act = { ...act, author: { ...act.author, kind: 'AGENT' } };
    const links = [prUrl, draftPrUrl].filter((link) => link != null);
    await notify(tx, byAgent, {
      type: kind,
      title: `${kind === 'agent.pr_opened' ? 'Pull request for' : 'Questions about'} #${feature.number} ${feature.title}`,
      body: beginning([...questions, ...links].join('\n'), LONGEST_BODY) || null,
      featureId,
      audience: 'team',
      isPrivate: !isPublic(feature.category),
      data: { prUrl: prUrl ?? null, draftPrUrl: draftPrUrl ?? null, questions },
    });
    return { accepted: true };
  });
}

import type { catalogueSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Failure, readFailure } from '../../failure.ts';
import { useTRPC, useTRPCClient } from '../../trpc.ts';
import { notifyFailure, notifyUndoable } from '../../ui/notify.tsx';
import { plural } from '../../ui/number-format.ts';
import { type Decision, doneText, presentDecision } from './decision.ts';

type Finding = catalogueSchemas.Finding;
type Change = { readonly finding: Finding; readonly decision: Decision };
type Outcome = { readonly done: readonly { before: Finding; after: Finding }[]; readonly failures: readonly Failure[] };

/**
 * Decides of findings, each as it was seen: what somebody else has changed meanwhile is left alone, and told. What was done
 * can be taken back for as long as that is said.
 */
export function useTriage(organizationId: string) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: async (changes: readonly Change[]): Promise<Outcome> => {
      const answers = await Promise.allSettled(
        changes.map(async ({ finding, decision }) => {
          const { id, version: ifVersion } = finding;
          return { before: finding, after: await client.findings.triage.mutate({ organizationId, id, ifVersion, ...decision }) };
        }),
      );
      const done = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      const failed = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
      // One session, one server: what stops all of them is told as any other refusal.
      if (done.length === 0 && failed.every((reason) => readFailure(reason).code !== 'PRECONDITION_FAILED')) throw failed[0];
      return { done, failures: failed.map(readFailure) };
    },
    onSettled: async () => {
      await Promise.all([
        queryClient.invalidateQueries(trpc.findings.pathFilter()),
        queryClient.invalidateQueries(trpc.services.pathFilter()),
      ]);
    },
    onSuccess: ({ done, failures }) => {
      const [first] = done;
      if (first !== undefined && first.after.state !== 'resolved') {
        const back = done.map(({ before, after }) => ({ finding: after, decision: presentDecision(before) }));
        notifyUndoable(doneText(done.length, first.after.state), () => mutate(back));
      }
      const [failure] = failures;
      if (failure !== undefined) notifyFailure({ ...failure, message: refusalText(failures, failure) });
    },
  });
  return {
    isPending,
    decide: (findings: readonly Finding[], decision: Decision, onDone?: () => void) =>
      mutate(
        findings.map((finding) => ({ finding, decision })),
        { onSuccess: () => onDone?.() },
      ),
  };
}

/** `2 findings were changed by somebody else meanwhile, and left alone.` */
function refusalText(failures: readonly Failure[], { code, message }: Failure): string {
  const count = plural(failures.length, 'finding');
  if (code !== 'PRECONDITION_FAILED') return `${count} could not be changed. ${message}`;
  return `${count} ${failures.length === 1 ? 'was' : 'were'} changed by somebody else meanwhile, and left alone.`;
}

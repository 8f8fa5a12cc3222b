import type { webhookSchemas } from '@reqbase/core/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';

export type Webhook = webhookSchemas.Webhook;
export type Delivery = webhookSchemas.WebhookDelivery;

/** Reads the webhooks of the project and their deliveries anew. */
export function useReadAgain(): () => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries(trpc.webhooks.pathFilter());
}

/** The part of a URL that tells one receiver from another at a glance. */
export function hostOf({ url }: Pick<Webhook, 'url'>): string {
  return URL.parse(url)?.host ?? url;
}

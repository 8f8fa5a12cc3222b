import type { Tone } from '../../ui/status-dot.tsx';
import type { Delivery } from './webhook-api.ts';

const FAULTS: Readonly<Record<string, string>> = {
  timeout: 'No answer in time',
  dns: 'The name leads nowhere',
  refused: 'The connection was refused',
  tls: 'The certificate was not accepted',
  network: 'The connection broke',
  blocked: 'Not a public address',
  secret: 'The secret cannot be opened: rotate it',
  disabled: 'The webhook was disabled',
  erased: 'Whom it told of was erased',
};

/** How a delivery went, in a few words. */
export function outcomeOf({ statusCode, error }: Pick<Delivery, 'statusCode' | 'error'>): string {
  if (statusCode !== null) return `HTTP ${statusCode}`;
  return error === null ? 'Not sent yet' : (FAULTS[error] ?? error);
}

export const DELIVERY_STATUS: Readonly<Record<Delivery['status'], { readonly tone: Tone; readonly label: string }>> = {
  pending: { tone: 'waiting', label: 'On its way' },
  succeeded: { tone: 'good', label: 'Delivered' },
  failed: { tone: 'bad', label: 'Failed' },
};

import { Counter, type Registry } from 'prom-client';
import { type MailOutcome, REPLIES } from './inbound-mail/outcomes.ts';

/** Counts what becomes of the e-mails that come to this process. */
export function mailMetrics(registry: Registry): (outcome: MailOutcome) => void {
  const outcomes = new Counter({
    name: 'reqbase_inbound_mails_total',
    help: 'E-mails that came by outcome, stored, dropped as automatic, or why they were refused',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of Object.keys(REPLIES)) outcomes.inc({ outcome }, 0);
  return (outcome) => outcomes.inc({ outcome });
}

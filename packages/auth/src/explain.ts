import { authorize, GATES, type Gate, type Requirement } from './authorize.ts';
import { type Credential, type Facts, lookUp, lookUpAsIfPresented, type TargetRef } from './credential.ts';
import { toPublic } from './domain-error.ts';
import type { ErrorCode, ErrorDetail } from './errors.ts';
import { type AccessServices, chargeFor, refusalOf } from './guard.ts';
import type { Reach } from './reach.ts';

export type ExplainedGate = {
  readonly gate: Gate | 'rate' | 'quota';
  readonly outcome: 'passed' | 'refused' | 'not reached';
  readonly code?: ErrorCode;
  readonly detail?: ErrorDetail;
  /** With the scope, where the call is allowed of some places of the catalogue only: which. */
  readonly reach?: Reach;
};

const ALL_GATES = [...GATES, 'rate', 'quota'] as const;

/**
 * Says what would happen if the key with `publicId` made this call now, from this address, gate by gate: by the same look-up, the same
 * `authorize` and the same counters as a real call. Moves no counter and leaves no audit entry.
 */
export async function explain(
  services: AccessServices,
  publicId: string,
  need: Requirement,
  target: TargetRef,
  now: Date,
  ip: string | null = null,
): Promise<ExplainedGate[]> {
  return explainFacts(services, await lookUpAsIfPresented(services.source, publicId, target), need, target, now, ip);
}

/** The same of what the caller itself presents. */
export async function explainCredential(
  services: AccessServices,
  credential: Credential,
  need: Requirement,
  target: TargetRef,
  now: Date,
  ip: string | null = null,
): Promise<ExplainedGate[]> {
  return explainFacts(services, await lookUp(services.source, credential, target), need, target, now, ip);
}

async function explainFacts(
  services: AccessServices,
  facts: Facts | null,
  need: Requirement,
  target: TargetRef,
  now: Date,
  ip: string | null,
): Promise<ExplainedGate[]> {
  const decision = authorize(facts, need, target, now, ip);
  if (!decision.allowed) return trace(decision.gate, decision.code, decision.detail);
  const due = chargeFor({ clock: () => now, isReplay: false, isMcp: false, ip }, decision.grant.facts);
  const refusal = due === null ? null : refusalOf(await services.meter.read(due), now);
  if (refusal === null) return withReach(trace(null), decision.grant.reach);
  const { code } = toPublic(refusal);
  return trace(code === 'RATE_LIMITED' ? 'rate' : 'quota', code);
}

function withReach(gates: ExplainedGate[], reach: Reach): ExplainedGate[] {
  return reach.length === 0 ? gates : gates.map((passed) => (passed.gate === 'scope' ? { ...passed, reach } : passed));
}

function trace(refusing: ExplainedGate['gate'] | null, code?: ErrorCode, detail?: ErrorDetail): ExplainedGate[] {
  const at = refusing === null ? ALL_GATES.length : ALL_GATES.indexOf(refusing);
  return ALL_GATES.map((gate, index) => {
    if (index < at) return { gate, outcome: 'passed' };
    if (index > at) return { gate, outcome: 'not reached' };
    return { gate, outcome: 'refused', ...(code !== undefined && { code }), ...(detail !== undefined && { detail }) };
  });
}

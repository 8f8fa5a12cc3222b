export {
  type AuditEvent,
  type AuditLog,
  appendEntries,
  auditDenial,
  auditLog,
  type CallOrigin,
  type NewEntry,
  newEntry,
  writeEntry,
} from './audit.ts';
export {
  type ChainedEntry,
  type Checkpoint,
  type PublishedKey,
  signCheckpoint,
} from './audit-chain.ts';
export {
  authorize,
  type Decision,
  GATES,
  type Grant,
  mayAlso,
  type Requirement,
  roleAllows,
  roleOf,
  scopesOf,
} from './authorize.ts';
export { batched } from './batch.ts';
export * from './contract.ts';
export {
  type AccessSource,
  type Credential,
  type Facts,
  type GrantedScope,
  keyReader,
  lookUp,
  type TargetRef,
} from './credential.ts';
export { DomainError, toPublic, UNKNOWN_MEMBER } from './domain-error.ts';
export { type ExplainedGate, explain, explainCredential } from './explain.ts';
export { allGrantability, type Grantability, type Grantee, grantability } from './grantable.ts';
export {
  type AccessMeta,
  type AccessServices,
  type AuthContext,
  admit,
  charge,
  chargeFor,
  guardFor,
  identify,
  type Metered,
  peek,
  type QuotaWatch,
  type Tenant,
  targetOf,
  type UnknownKeys,
} from './guard.ts';
export { displayPrefix, formatKey, generateKey, KEY_PATTERN, type ParsedKey, parseKey } from './key-format.ts';
export {
  type Charge,
  dayResetAt,
  type LastUse,
  type Meter,
  minuteResetAt,
  postgresMeter,
  secondsToNextDay,
  secondsToNextMinute,
  utcDay,
  type Verdict,
} from './meter.ts';
export { hashOAuthToken, isOAuthToken } from './oauth-token.ts';
export { isOutOfReach } from './out-of-reach.ts';
export { grantsScope, isWithin, isWithinOwn, type Place, placeOf, type Reach, reachOf } from './reach.ts';
export type { TargetKind } from './scopes.ts';
export { isSealedByCurrent, seal, unseal } from './sealed.ts';
export { deriveSecrets, hashSecret, publishedKeys, type Secrets } from './secrets.ts';

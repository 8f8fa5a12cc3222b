import { createHash } from 'node:crypto';
import type { NormalizedFinding } from './ingest-schema.ts';

/** A name as it is unique: without regard to case, and to how its accents are written. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** A path whatever its parameters are called: `/users/{id}` and `/users/{userId}` are one (as oasdiff has it). */
function withoutNames(path: string): string {
  return path.replace(/\{[^{}]*\}/g, '{}');
}

/** What an endpoint is found again by. */
export function endpointIdentity({ method, path }: { readonly method: string; readonly path: string }): string {
  return createHash('sha256')
    .update(`${method} ${withoutNames(path)}`)
    .digest('hex');
}

const START_LENGTH = 60;

/** The beginning of a path, by which lists are sorted: so short that a cursor takes it, however it is written. */
export function startOf(path: string): string {
  return [...withoutNames(path)].slice(0, START_LENGTH).join('');
}

const FINGERPRINT_LENGTH = 12;

/** What a finding is found again by (as oasdiff has it). */
export function findingFingerprint({ code, method, path, message }: Omit<NormalizedFinding, 'severity'>): string {
  return createHash('sha256')
    .update(`${code}:${method ?? ''}:${withoutNames(path ?? '')}:${message}`)
    .digest('hex')
    .slice(0, FINGERPRINT_LENGTH);
}

import { Badge, Group, Text } from '@mantine/core';
import { catalogueSchemas, ingestSchemas } from '@reqbase/core/contract';
import { StatusDot, type Tone } from '../../ui/status-dot.tsx';
import classes from './catalogue.module.css';

type FindingSeverity = ingestSchemas.FindingSeverity;
type FindingState = catalogueSchemas.FindingState;

/** The gravest first. */
export const SEVERITIES = ingestSchemas.FindingSeverity.options.toReversed();
export const SEVERITY_WORDS: Readonly<Record<FindingSeverity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

export const STATE_WORDS: Readonly<Record<FindingState, string>> = {
  open: 'Open',
  accepted: 'Accepted',
  ignored: 'Ignored',
  resolved: 'Resolved',
};
const STATE_TONES: Readonly<Record<FindingState, Tone>> = {
  open: 'waiting',
  accepted: 'active',
  ignored: 'neutral',
  resolved: 'good',
};

export const LIFECYCLES = catalogueSchemas.ServiceLifecycle.options;
export const LIFECYCLE_WORDS: Readonly<Record<catalogueSchemas.ServiceLifecycle, string>> = {
  experimental: 'Experimental',
  production: 'Production',
  deprecated: 'Deprecated',
};
const LIFECYCLE_TONES: Readonly<Record<catalogueSchemas.ServiceLifecycle, Tone>> = {
  experimental: 'active',
  production: 'good',
  deprecated: 'neutral',
};

export const ENDPOINT_STATE_WORDS: Readonly<Record<catalogueSchemas.EndpointState, string>> = {
  active: 'Active',
  deprecated: 'Deprecated',
  removed: 'Removed',
};
const ENDPOINT_TONES: Readonly<Record<catalogueSchemas.EndpointState, Tone>> = {
  active: 'good',
  deprecated: 'waiting',
  removed: 'bad',
};

/** The mark lets the eye find it, the word says it. */
export function Severity({ severity, count }: { readonly severity: FindingSeverity; readonly count?: number }) {
  return (
    <span className={classes.severity}>
      <span className={classes.mark} data-severity={severity} aria-hidden="true" />
      {count === undefined ? SEVERITY_WORDS[severity] : `${count} ${SEVERITY_WORDS[severity].toLowerCase()}`}
    </span>
  );
}

/** What there is of each severity, the gravest first. */
export function SeverityCounts({ counts }: { readonly counts: catalogueSchemas.SeverityCounts }) {
  const found = SEVERITIES.filter((severity) => counts[severity] > 0);
  if (found.length === 0) return <StatusDot tone="good">None open</StatusDot>;
  return (
    <Group component="span" gap="0.25em 0.9em">
      {found.map((severity) => (
        <Severity key={severity} severity={severity} count={counts[severity]} />
      ))}
    </Group>
  );
}

export function sumOf(counts: catalogueSchemas.SeverityCounts): number {
  return SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0);
}

export function FindingStateDot({ state }: { readonly state: FindingState }) {
  return <StatusDot tone={STATE_TONES[state]}>{STATE_WORDS[state]}</StatusDot>;
}

export function Lifecycle({ lifecycle }: { readonly lifecycle: catalogueSchemas.ServiceLifecycle }) {
  return <StatusDot tone={LIFECYCLE_TONES[lifecycle]}>{LIFECYCLE_WORDS[lifecycle]}</StatusDot>;
}

export function EndpointStateDot({ state }: { readonly state: catalogueSchemas.EndpointState }) {
  return <StatusDot tone={ENDPOINT_TONES[state]}>{ENDPOINT_STATE_WORDS[state]}</StatusDot>;
}

type OperationProps = { readonly method: string | null; readonly path: string | null };

/** `POST /charges`. */
export function Operation({ method, path }: OperationProps) {
  return (
    <span className={classes.operation}>
      {method !== null && <span className={classes.method}>{method}</span>} {path}
    </span>
  );
}

export function Tags({ tags }: { readonly tags: readonly string[] }) {
  if (tags.length === 0) return null;
  return (
    <Group gap={4} my={2}>
      {tags.map((tag) => (
        <Badge key={tag} variant="default" size="sm" tt="none" fw={500}>
          {tag}
        </Badge>
      ))}
    </Group>
  );
}

export function scanName(number: number): string {
  return `Scan ${number}`;
}

/** A scan says little of a service that is older than this. */
const STALE_DAYS = 30;
const DAY_MS = 86_400_000;

function daysSince(at: string, now: Date): number {
  return Math.floor((now.getTime() - new Date(at).getTime()) / DAY_MS);
}

/** Says that the last scan was long ago. */
export function StaleHint({ at }: { readonly at: string | null }) {
  const days = at === null ? 0 : daysSince(at, new Date());
  if (days < STALE_DAYS) return null;
  return (
    <Text component="span" size="xs">
      <StatusDot tone="waiting">Stale: no scan for {days} days</StatusDot>
    </Text>
  );
}

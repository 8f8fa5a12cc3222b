import { Button, DataList, Drawer, Group, Stack, Text } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { Fact } from '../../ui/fact.tsx';
import { TextLink } from '../../ui/links.tsx';
import { absoluteTime } from '../../ui/relative-time.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { FindingStateDot, Operation, Severity } from './catalogue-words.tsx';
import { type Decision, isDecidable } from './decision.ts';

type Finding = catalogueSchemas.Finding;
type Start = (finding: Finding, state: Decision['state']) => void;
type FindingDrawerProps = {
  readonly slug: string;
  readonly finding: Finding | null;
  readonly onClose: () => void;
  /** Left out for who may not decide. */
  readonly onStart?: Start;
};

export function FindingDrawer({ slug, finding, onClose, onStart }: FindingDrawerProps) {
  return (
    <Drawer
      opened={finding !== null}
      onClose={onClose}
      position="right"
      size="md"
      title="Finding"
      closeButtonProps={{ 'aria-label': 'Close' }}
      // Its `<header>` would count as the page's own.
      attributes={{ header: { role: 'presentation' } }}
      styles={{ title: { fontWeight: 600 } }}
    >
      {finding !== null && (
        <Stack gap="md" pt="xs">
          <Text style={{ overflowWrap: 'anywhere' }}>{finding.message}</Text>
          {onStart !== undefined && isDecidable(finding) && <Actions finding={finding} onStart={onStart} />}
          <Facts slug={slug} finding={finding} />
        </Stack>
      )}
    </Drawer>
  );
}

function Actions({ finding, onStart }: { readonly finding: Finding; readonly onStart: Start }) {
  return (
    <Group gap="xs">
      {finding.state !== 'accepted' && (
        <Button size="xs" onClick={() => onStart(finding, 'accepted')}>
          Accept
        </Button>
      )}
      {finding.state !== 'ignored' && (
        <Button size="xs" variant="default" onClick={() => onStart(finding, 'ignored')}>
          Ignore
        </Button>
      )}
      {finding.state !== 'open' && (
        <Button size="xs" variant="default" onClick={() => onStart(finding, 'open')}>
          Reopen
        </Button>
      )}
    </Group>
  );
}

function Facts({ slug, finding }: { readonly slug: string; readonly finding: Finding }) {
  const { serviceId, firstSeenScanId, scanRunId, decidedBy, decidedAt, ignoredUntil, resolvedAt } = finding;
  return (
    <DataList gap={8} labelWidth={104}>
      <Fact label="Severity">
        <Severity severity={finding.severity} />
      </Fact>
      <Fact label="State">
        <FindingStateDot state={finding.state} />
      </Fact>
      {finding.reason !== null && <Fact label="Reason">{finding.reason}</Fact>}
      {decidedBy !== null && decidedAt !== null && (
        <Fact label="Decided">
          {decidedBy.name}, <TimeAgo at={decidedAt} />
        </Fact>
      )}
      {ignoredUntil !== null && <Fact label="Ignored until">{absoluteTime(new Date(ignoredUntil))}</Fact>}
      {resolvedAt !== null && (
        <Fact label="Resolved">
          <TimeAgo at={resolvedAt} />
        </Fact>
      )}
      <Fact label="Rule">
        <span className="mono">{finding.code}</span>
      </Fact>
      {finding.path !== null && (
        <Fact label="Where">
          <Operation method={finding.method} path={finding.path} />
        </Fact>
      )}
      <Fact label="Service">
        <TextLink to="/organizations/$slug/services/$serviceId" params={{ slug, serviceId }} inherit>
          {finding.serviceName}
        </TextLink>
      </Fact>
      <Fact label="First seen">
        <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId: firstSeenScanId }} inherit>
          <TimeAgo at={finding.firstSeenAt} />
        </TextLink>
      </Fact>
      <Fact label="Last seen">
        <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId }} inherit>
          In this scan
        </TextLink>
      </Fact>
    </DataList>
  );
}

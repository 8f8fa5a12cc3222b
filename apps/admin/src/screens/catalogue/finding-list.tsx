import { ActionIcon, Button, Group, Paper, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can, type catalogueSchemas } from '@reqbase/core/contract';
import { IconKeyboard } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { focusRow, moveInList } from '../../ui/move-in-list.ts';
import { plural } from '../../ui/number-format.ts';
import { ShortcutsDialog } from '../../ui/shortcuts-dialog.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import classes from './catalogue.module.css';
import { type Decision, isDecidable } from './decision.ts';
import { DecisionDialog } from './decision-dialog.tsx';
import { FindingDrawer } from './finding-drawer.tsx';
import { FindingCards, FindingTable } from './finding-rows.tsx';
import { FINDING_SHORTCUTS } from './shortcuts.ts';
import { useTriage } from './use-triage.ts';

type Finding = catalogueSchemas.Finding;
type FindingListProps = {
  readonly query: Partial<
    Pick<catalogueSchemas.ListFindings, 'q' | 'serviceId' | 'scanRunId' | 'state' | 'severity' | 'code' | 'sort'>
  >;
  readonly withService?: boolean;
  /** What is shown when there are none. */
  readonly children: ReactNode;
};

export function FindingList({ query, withService = false, children }: FindingListProps) {
  const trpc = useTRPC();
  const { slug } = useOrganization();
  const findings = useInfiniteQuery(
    trpc.findings.list.infiniteQueryOptions(
      { organizationId: slug, ...query },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: keepPreviousData },
    ),
  );
  if (findings.isPending) return <TableSkeleton rows={5} height={56} />;
  if (findings.data === undefined) return <ErrorPanel error={findings.error} onRetry={findings.refetch} />;
  const rows = findings.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return children;
  return (
    <div aria-busy={findings.isPlaceholderData || undefined}>
      <Findings rows={rows} withService={withService} />
      <LoadMore query={findings} label="More findings" />
    </div>
  );
}

/** The rows, what is chosen of them, and what is done with it: by the bar, by keys, or in the details of one. */
function Findings({ rows, withService }: { readonly rows: readonly Finding[]; readonly withService: boolean }) {
  const { slug, role } = useOrganization();
  const mayTriage = can(role, 'triageFindings');
  const isNarrow = useIsNarrow();
  const [chosenIds, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [openedId, open] = useState<string | null>(null);
  const [asked, ask] = useState<Asked | null>(null);
  const [isHelpOpen, help] = useDisclosure();
  const list = useRef<HTMLDivElement>(null);
  const { decide, isPending } = useTriage(slug);
  // What is no longer shown is no longer chosen.
  const chosen = rows.filter((finding) => chosenIds.has(finding.id) && isDecidable(finding));
  const choose = (ids: readonly string[], isChosen: boolean) =>
    setChosen((before) => {
      const after = new Set(before);
      for (const id of ids) isChosen ? after.add(id) : after.delete(id);
      return after;
    });
  const act = (findings: readonly Finding[], decision: Decision) => {
    const next = rowAfter(rows, findings);
    decide(findings, decision, () => {
      ask(null);
      open(null);
      setChosen(new Set());
      // Once the dialog has given the focus back to a row that is on its way out.
      if (next !== undefined) setTimeout(() => focusRow('data-finding', next.id));
    });
  };
  const start = (findings: readonly Finding[], state: Decision['state']) => {
    if (findings.length === 0 || isPending) return;
    if (state === 'open') act(findings, { state });
    else ask({ findings, state });
  };
  const aimed = () => (chosen.length > 0 ? chosen : focusedOf(rows));
  const toggle = () => {
    for (const { id } of focusedOf(rows)) choose([id], !chosenIds.has(id));
  };
  const key = (run: () => void) => () => (mayTriage ? run() : undefined);
  useShortcuts([
    ['j', () => moveInList(list.current, '[data-finding]', 1)],
    ['k', () => moveInList(list.current, '[data-finding]', -1)],
    ['x', key(toggle)],
    ['a', key(() => start(aimed(), 'accepted'))],
    ['i', key(() => start(aimed(), 'ignored'))],
    ['o', key(() => start(aimed(), 'open'))],
    ['?', help.open],
  ]);
  const List = isNarrow ? FindingCards : FindingTable;
  return (
    <>
      {mayTriage && (
        <Bar chosen={chosen} isPending={isPending} onStart={start} onClear={() => setChosen(new Set())} onHelp={help.open} />
      )}
      <div ref={list}>
        <List
          slug={slug}
          rows={rows}
          chosen={mayTriage ? chosenIds : null}
          withService={withService}
          onChoose={choose}
          onOpen={({ id }) => open(id)}
        />
      </div>
      <FindingDrawer
        slug={slug}
        finding={rows.find(({ id }) => id === openedId) ?? null}
        onClose={() => open(null)}
        {...(mayTriage && { onStart: (finding, state) => start([finding], state) })}
      />
      {asked !== null && (
        <DecisionDialog
          state={asked.state}
          count={asked.findings.length}
          isPending={isPending}
          onDecide={(decision) => act(asked.findings, decision)}
          onClose={() => ask(null)}
        />
      )}
      {isHelpOpen && <ShortcutsDialog shortcuts={FINDING_SHORTCUTS} onClose={help.close} />}
    </>
  );
}

type Asked = { readonly findings: readonly Finding[]; readonly state: 'accepted' | 'ignored' };

/** The one that the keyboard is at, if it can be decided of. */
function focusedOf(rows: readonly Finding[]): Finding[] {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['finding'] : undefined;
  return rows.filter((finding) => finding.id === focused && isDecidable(finding));
}

/** Where the keyboard goes on when some are gone. */
function rowAfter(rows: readonly Finding[], gone: readonly Finding[]): Finding | undefined {
  const last = rows.findLastIndex((row) => gone.includes(row));
  return rows.slice(last + 1).find((row) => !gone.includes(row)) ?? rows.findLast((row) => !gone.includes(row));
}

type BarProps = {
  readonly chosen: readonly Finding[];
  readonly isPending: boolean;
  readonly onStart: (findings: readonly Finding[], state: Decision['state']) => void;
  readonly onClear: () => void;
  readonly onHelp: () => void;
};

function Bar({ chosen, isPending, onStart, onClear, onHelp }: BarProps) {
  const hasSome = chosen.length > 0;
  const act = (label: string, state: Decision['state'], isPrimary = false) => (
    <Button
      size="compact-sm"
      variant={isPrimary ? 'filled' : 'default'}
      disabled={!hasSome}
      loading={isPending}
      onClick={() => onStart(chosen, state)}
    >
      {label}
    </Button>
  );
  return (
    <Paper withBorder px="sm" py={6} mb="xs" className={classes.bar ?? ''} role="toolbar" aria-label="Decide">
      <Group gap="xs">
        <Text size="sm" role="status" miw={{ base: '100%', xs: 150 }} {...(!hasSome && { c: 'dimmed' })}>
          {hasSome ? `${plural(chosen.length, 'finding')} chosen` : 'Choose findings to decide'}
        </Text>
        {act('Accept', 'accepted', true)}
        {act('Ignore', 'ignored')}
        {act('Reopen', 'open')}
        {hasSome && (
          <Button size="compact-sm" variant="subtle" onClick={onClear}>
            Clear
          </Button>
        )}
        <Tooltip label="Keyboard shortcuts (?)">
          <ActionIcon variant="subtle" color="gray" ml="auto" visibleFrom="sm" aria-label="Keyboard shortcuts" onClick={onHelp}>
            <IconKeyboard size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Paper>
  );
}

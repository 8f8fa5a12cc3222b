import { Box, Checkbox, Group, Paper, Table, Text, UnstyledButton } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { TextLink } from '../../ui/links.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import classes from './catalogue.module.css';
import { FindingStateDot, Operation, Severity } from './catalogue-words.tsx';
import { isDecidable } from './decision.ts';

type Finding = catalogueSchemas.Finding;

export type FindingRowsProps = {
  readonly slug: string;
  readonly rows: readonly Finding[];
  /** Null for who may not decide. */
  readonly chosen: ReadonlySet<string> | null;
  readonly withService: boolean;
  readonly onChoose: (ids: readonly string[], isChosen: boolean) => void;
  readonly onOpen: (finding: Finding) => void;
};
type RowProps = Omit<FindingRowsProps, 'rows'> & { readonly finding: Finding };

export function FindingTable({ rows, ...row }: FindingRowsProps) {
  const { chosen, withService, onChoose } = row;
  const ids = rows.filter(isDecidable).map(({ id }) => id);
  const count = ids.filter((id) => chosen?.has(id)).length;
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={760} type="native">
        <Table verticalSpacing={10} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              {chosen !== null && (
                <Table.Th w={40}>
                  <Checkbox
                    size="xs"
                    aria-label="Choose all that are shown"
                    disabled={ids.length === 0}
                    checked={count > 0 && count === ids.length}
                    indeterminate={count > 0 && count < ids.length}
                    onChange={() => onChoose(ids, count < ids.length)}
                  />
                </Table.Th>
              )}
              <Table.Th>Severity</Table.Th>
              <Table.Th>Finding</Table.Th>
              {withService && <Table.Th>Service</Table.Th>}
              <Table.Th>State</Table.Th>
              <Table.Th>First seen</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((finding) => (
              <Table.Tr key={finding.id}>
                {chosen !== null && (
                  <Table.Td>
                    <Choice finding={finding} {...row} />
                  </Table.Td>
                )}
                <Table.Td>
                  <Severity severity={finding.severity} />
                </Table.Td>
                <Table.Td>
                  <What finding={finding} {...row} />
                </Table.Td>
                {withService && (
                  <Table.Td maw={180}>
                    <ServiceLink finding={finding} slug={row.slug} />
                  </Table.Td>
                )}
                <Table.Td>
                  <State finding={finding} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <TimeAgo at={finding.firstSeenAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

/** The table for narrow screens. */
export function FindingCards({ rows, ...row }: FindingRowsProps) {
  return (
    <ul className={classes.list}>
      {rows.map((finding) => (
        <Paper key={finding.id} component="li" withBorder p="sm">
          <Group wrap="nowrap" align="flex-start" gap="sm">
            {row.chosen !== null && (
              <Box mt={3}>
                <Choice finding={finding} {...row} />
              </Box>
            )}
            <div style={{ minWidth: 0, flex: 1 }}>
              <What finding={finding} {...row} />
              <Group gap="2px 12px" mt={6} fz="sm">
                <Severity severity={finding.severity} />
                <State finding={finding} />
              </Group>
              <Group gap="2px 12px" mt={4} fz="sm" c="dimmed" justify="space-between">
                {row.withService ? <ServiceLink finding={finding} slug={row.slug} /> : <span />}
                <TimeAgo at={finding.firstSeenAt} />
              </Group>
            </div>
          </Group>
        </Paper>
      ))}
    </ul>
  );
}

function Choice({ finding, chosen, onChoose }: RowProps) {
  return (
    <Checkbox
      size="xs"
      aria-label={`Choose: ${finding.message}`}
      disabled={!isDecidable(finding)}
      checked={chosen?.has(finding.id) === true}
      onChange={({ currentTarget: { checked } }) => onChoose([finding.id], checked)}
    />
  );
}

/** Opens the details: what the keyboard moves along. */
function What({ finding, onOpen }: RowProps) {
  return (
    <>
      <UnstyledButton className={classes.open ?? ''} data-finding={finding.id} onClick={() => onOpen(finding)}>
        {finding.message}
      </UnstyledButton>
      <Text size="xs" c="dimmed">
        {finding.code}
        {finding.path !== null && ' · '}
        <Operation method={finding.method} path={finding.path} />
      </Text>
    </>
  );
}

function ServiceLink({ finding, slug }: Pick<RowProps, 'finding' | 'slug'>) {
  return (
    <TextLink
      to="/organizations/$slug/services/$serviceId"
      params={{ slug, serviceId: finding.serviceId }}
      size="sm"
      style={{ overflowWrap: 'anywhere' }}
    >
      {finding.serviceName}
    </TextLink>
  );
}

function State({ finding: { state, ignoredUntil } }: Pick<RowProps, 'finding'>) {
  return (
    <Text component="span" size="sm">
      <FindingStateDot state={state} />
      {state === 'ignored' && ignoredUntil !== null && (
        <Text component="span" size="xs" c="dimmed" display="block">
          open <TimeAgo at={ignoredUntil} />
        </Text>
      )}
    </Text>
  );
}

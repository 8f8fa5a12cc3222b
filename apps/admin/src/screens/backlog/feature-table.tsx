import { Badge, Group, Paper, Table, UnstyledButton } from '@mantine/core';
import type { backlogSchemas } from '@reqbase/core/contract';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import { TextLink } from '../../ui/links.tsx';
import { formatCents, formatCount } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useProject } from '../projects/use-project.ts';
import { type BacklogFilters, DEFAULT_ORDER, DEFAULT_SORT, sortBy, withFilters } from './backlog-filters.ts';
import classes from './feature-table.module.css';
import { FeatureCategory, FeatureStatus } from './feature-words.tsx';

type FeatureTableProps = {
  readonly rows: readonly backlogSchemas.FeatureSummary[];
  readonly filters: BacklogFilters;
  readonly onChange: (filters: BacklogFilters) => void;
};

export function FeatureTable({ rows, filters, onChange }: FeatureTableProps) {
  const { slug } = useProject();
  const sort = (column: backlogSchemas.FeatureSort) => onChange(sortBy(filters, column));
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={880} type="native">
        <Table verticalSpacing={10} horizontalSpacing="sm" highlightOnHover className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={52} className={classes.number ?? ''}>
                #
              </Table.Th>
              <Table.Th>Request</Table.Th>
              <Table.Th>Category</Table.Th>
              <Table.Th>Status</Table.Th>
              <SortableTh column="votes" filters={filters} onSort={sort} isNumber>
                Votes
              </SortableTh>
              <SortableTh column="revenue" filters={filters} onSort={sort} isNumber>
                Revenue
              </SortableTh>
              <SortableTh column="comments" filters={filters} onSort={sort} isNumber>
                Comments
              </SortableTh>
              <SortableTh column="createdAt" filters={filters} onSort={sort}>
                Created
              </SortableTh>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((feature) => (
              <Table.Tr key={feature.id}>
                <Table.Td c="dimmed" className={classes.number}>
                  {feature.number}
                </Table.Td>
                <Table.Td className={classes.title}>
                  <TextLink
                    to="/projects/$slug/backlog/$featureId"
                    params={{ slug, featureId: feature.id }}
                    search={filters}
                    fw={500}
                    c="var(--mantine-color-text)"
                    fz="sm"
                  >
                    {feature.title}
                  </TextLink>
                  {feature.tags.length > 0 && (
                    <Group gap={4} mt={4}>
                      {feature.tags.map((tag) => (
                        <UnstyledButton
                          key={tag}
                          aria-label={`Filter by the tag ${tag}`}
                          onClick={() => onChange(withFilters(filters, { tag: [...new Set([...(filters.tag ?? []), tag])] }))}
                        >
                          <Badge variant="default" size="sm" tt="none" fw={500} className={classes.tag ?? ''}>
                            {tag}
                          </Badge>
                        </UnstyledButton>
                      ))}
                    </Group>
                  )}
                </Table.Td>
                <Table.Td>
                  <FeatureCategory category={feature.category} />
                </Table.Td>
                <Table.Td>
                  <FeatureStatus feature={feature} />
                </Table.Td>
                <Table.Td className={classes.number}>{formatCount(feature.voteCount)}</Table.Td>
                <Table.Td className={classes.number}>{formatCents(feature.revenueWeight)}</Table.Td>
                <Table.Td className={classes.number}>{formatCount(feature.commentCount)}</Table.Td>
                <Table.Td className={classes.time}>
                  <TimeAgo at={feature.createdAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

type SortableThProps = {
  readonly column: backlogSchemas.FeatureSort;
  readonly filters: BacklogFilters;
  readonly onSort: (column: backlogSchemas.FeatureSort) => void;
  readonly isNumber?: boolean;
  readonly children: string;
};

function SortableTh({ column, filters, onSort, isNumber = false, children }: SortableThProps) {
  const { sort = DEFAULT_SORT, order = DEFAULT_ORDER } = filters;
  const isSorted = sort === column;
  const Icon = isSorted ? (order === 'asc' ? IconArrowUp : IconArrowDown) : IconSelector;
  return (
    <Table.Th
      aria-sort={isSorted ? (order === 'asc' ? 'ascending' : 'descending') : 'none'}
      className={isNumber ? (classes.number ?? '') : ''}
    >
      <UnstyledButton className={classes.sort ?? ''} onClick={() => onSort(column)} data-sorted={isSorted || undefined}>
        {children}
        <Icon size={14} aria-hidden="true" />
      </UnstyledButton>
    </Table.Th>
  );
}

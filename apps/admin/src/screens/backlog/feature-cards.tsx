import { Group, Paper, Stack, Text } from '@mantine/core';
import type { backlogSchemas } from '@reqbase/core/contract';
import { IconChevronUp, IconMessageCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { TextLink } from '../../ui/links.tsx';
import { plural } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useProject } from '../projects/use-project.ts';
import type { BacklogFilters } from './backlog-filters.ts';
import { FeatureCategory, FeatureStatus } from './feature-words.tsx';

type FeatureCardsProps = { readonly rows: readonly backlogSchemas.FeatureSummary[]; readonly filters: BacklogFilters };

/** The table for narrow screens. */
export function FeatureCards({ rows, filters }: FeatureCardsProps) {
  const { slug } = useProject();
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((feature) => (
        <Paper key={feature.id} component="li" withBorder p="sm">
          <TextLink
            to="/projects/$slug/backlog/$featureId"
            params={{ slug, featureId: feature.id }}
            search={filters}
            fw={500}
            c="var(--mantine-color-text)"
          >
            {feature.title}
          </TextLink>
          <Group gap="md" mt={6} fz="sm">
            <FeatureStatus feature={feature} />
            <FeatureCategory category={feature.category} />
          </Group>
          <Group gap="md" mt={6} c="dimmed" fz="sm">
            <span>#{feature.number}</span>
            <Count icon={<IconChevronUp size={15} />} label={plural(feature.voteCount, 'vote')} count={feature.voteCount} />
            <Count
              icon={<IconMessageCircle size={15} />}
              label={plural(feature.commentCount, 'comment')}
              count={feature.commentCount}
            />
            <Text size="sm" ml="auto" component="span">
              <TimeAgo at={feature.createdAt} />
            </Text>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

function Count({ icon, label, count }: { readonly icon: ReactNode; readonly label: string; readonly count: number }) {
  return (
    <Group gap={3} component="span" title={label} role="img" aria-label={label}>
      {icon}
      <span>{count}</span>
    </Group>
  );
}

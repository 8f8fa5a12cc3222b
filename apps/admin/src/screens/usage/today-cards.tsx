import { Paper, Progress, SimpleGrid, Text } from '@mantine/core';
import type { usageSchemas } from '@reqbase/core/contract';
import type { ReactNode } from 'react';
import { formatCount, formatShare } from '../../ui/number-format.ts';
import { relativeTime } from '../../ui/relative-time.ts';

const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
const WARN_FROM = 0.8;

export function TodayCards({ today }: { readonly today: usageSchemas.UsageToday }) {
  const { calls, limit, remaining, resetsAt, plan, tier, callsPerMinute } = today;
  const part = limit === null ? 0 : calls / limit;
  const resets = new Date(resetsAt);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} component="section" aria-label="Today">
      <Card
        label="Calls today"
        value={formatCount(calls)}
        note={limit === null ? 'No limit' : `of ${formatCount(limit)} (${formatShare(part)})`}
      >
        <Progress
          value={part * 100}
          color={part >= WARN_FROM ? 'red.7' : 'pine'}
          mt="sm"
          aria-label="Part of today’s limit that is used"
        />
      </Card>
      <Card
        label="Remaining today"
        value={remaining === null ? 'Unlimited' : formatCount(remaining)}
        note="Shared by all keys and apps of the project"
      />
      <Card label="Resets" value={relativeTime(resets, new Date())} note={`${clock.format(resets)} · 00:00 UTC`} />
      <Card
        label="Calls a minute"
        value={formatCount(callsPerMinute)}
        note={`For each key · tier ${tier}${tier === plan ? '' : `, plan ${plan}`}`}
      />
    </SimpleGrid>
  );
}

type CardProps = { readonly label: string; readonly value: string; readonly note: string; readonly children?: ReactNode };

function Card({ label, value, note, children }: CardProps) {
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz={26} fw={600} lh={1.3} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
      {children}
    </Paper>
  );
}

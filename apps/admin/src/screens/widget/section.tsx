import { Badge, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

type SectionProps = { readonly id: string; readonly title: string; readonly about?: string; readonly children: ReactNode };

/** Settings that belong together. */
export function Section({ id, title, about, children }: SectionProps) {
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby={id}>
      <Title order={2} id={id}>
        {title}
      </Title>
      {about !== undefined && (
        <Text size="sm" c="dimmed" mt={4}>
          {about}
        </Text>
      )}
      <Stack mt="md">{children}</Stack>
    </Paper>
  );
}

/** The label of something that comes with a plan; which one is said where the plan is not there. */
export function PlanLabel({ hasPlan, children }: { readonly hasPlan: boolean; readonly children: ReactNode }) {
  return (
    <>
      {children}
      {!hasPlan && (
        <Badge component="span" size="sm" variant="light" tt="none" ml={8}>
          Pro
        </Badge>
      )}
    </>
  );
}

const NEEDS_PLAN = 'Comes with Pro: upgrade the organization.';

/** What a setting does, or why it cannot be set. */
export function aboutExtra(hasPlan: boolean, about: string): string {
  return hasPlan ? about : `${about} ${NEEDS_PLAN}`;
}

import { Checkbox, Stack, Switch } from '@mantine/core';
import { backlogSchemas } from '@reqbase/core/contract';
import { type Edit, flag } from './edit.ts';
import { aboutExtra, PlanLabel, Section } from './section.tsx';
import { FIELD_WORDS } from './widget-words.ts';

const CATEGORIES = {
  FEATURE: { label: 'Suggestions', about: 'Everybody sees them and can vote.' },
  ERROR: { label: 'Problems', about: 'For the team only. Opens a conversation.' },
  FEEDBACK: { label: 'Feedback', about: 'One to five stars, for the team only. Opens a conversation.' },
  OTHER: { label: 'Questions', about: 'Everybody sees them and can vote. Opens a conversation.' },
} as const satisfies Record<backlogSchemas.FeatureCategory, unknown>;

/** What visitors can do in it. */
export function OfferSection({ edit }: { readonly edit: Edit }) {
  const { values, set, isReadOnly, hasExtras } = edit;
  return (
    <Section id="offer" title="What it offers">
      <Checkbox.Group
        label="Visitors can send"
        value={[...values.categoriesEnabled]}
        onChange={(chosen) =>
          set({ categoriesEnabled: backlogSchemas.FeatureCategory.options.filter((category) => chosen.includes(category)) })
        }
      >
        <Stack gap="xs" mt="xs">
          {backlogSchemas.FeatureCategory.options.map((category) => (
            <Checkbox
              key={category}
              value={category}
              label={CATEGORIES[category].label}
              description={CATEGORIES[category].about}
              disabled={isReadOnly}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <Switch
        label={FIELD_WORDS.chatEnabled}
        description="They read and answer what the team writes to them, right in the widget."
        {...flag(edit, 'chatEnabled')}
      />
      <Switch
        label={<PlanLabel hasPlan={hasExtras}>{FIELD_WORDS.commentsEnabled}</PlanLabel>}
        description={aboutExtra(hasExtras, 'They read and write comments on what everybody sees.')}
        {...flag(edit, 'commentsEnabled')}
        disabled={isReadOnly || !hasExtras}
      />
      <Switch
        label={FIELD_WORDS.announcementsEnabled}
        description="They see what you announce under Notifications."
        {...flag(edit, 'announcementsEnabled')}
      />
      <Switch
        label={FIELD_WORDS.screenshotEnabled}
        description="They can send a picture along."
        {...flag(edit, 'screenshotEnabled')}
      />
      <Switch
        label={FIELD_WORDS.diagnosticsEnabled}
        description="They can send along the browser, the address of the page and its recent errors: no query, no passwords."
        {...flag(edit, 'diagnosticsEnabled')}
      />
    </Section>
  );
}

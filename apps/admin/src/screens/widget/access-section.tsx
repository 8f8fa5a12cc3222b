import { Alert, Select, Switch, TagsInput } from '@mantine/core';
import { can, widgetSchemas } from '@reqbase/core/contract';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { TextLink } from '../../ui/links.tsx';
import { useProject } from '../projects/use-project.ts';
import { type Edit, flag } from './edit.ts';
import { Section } from './section.tsx';
import { tidyOrigin } from './widget-values.ts';
import { FIELD_WORDS } from './widget-words.ts';

const MOST_ORIGINS = 20;
const EMAIL = [
  { value: 'never', label: 'Do not ask for it' },
  { value: 'optional', label: 'Ask, but leave it to them' },
  { value: 'required', label: 'Required to send anything' },
];

/** Who can use it, and on which pages. */
export function AccessSection({ edit }: { readonly edit: Edit }) {
  const { values, set, faults, isReadOnly } = edit;
  const origins = values.allowedOrigins;
  const fault = faults.allowedOrigins;
  return (
    <Section id="access" title="Who may use it">
      <Select
        label={FIELD_WORDS.collectEmail}
        description="Of visitors whom your product has not identified."
        data={EMAIL}
        allowDeselect={false}
        value={values.collectEmail}
        onChange={(value) => set({ collectEmail: widgetSchemas.CollectEmail.parse(value) })}
        disabled={isReadOnly}
      />
      <Switch
        label={FIELD_WORDS.identityRequired}
        description="Only for people who are signed in to your product: nothing is read or sent without an identity token."
        {...flag(edit, 'identityRequired')}
      />
      {values.identityRequired && <MissingSecret />}
      <TagsInput
        label={FIELD_WORDS.allowedOrigins}
        description="The sites whose pages may load the widget, such as https://app.example.com. None: any page may."
        placeholder={origins.length === 0 ? 'Press Enter after each' : ''}
        maxTags={MOST_ORIGINS}
        clearable
        value={[...origins]}
        onChange={(texts) => set({ allowedOrigins: [...new Set(texts.map(tidyOrigin))] })}
        error={fault}
        disabled={isReadOnly}
      />
    </Section>
  );
}

/** Secure mode without a secret shuts everybody out. */
function MissingSecret() {
  const trpc = useTRPC();
  const { slug, role } = useProject();
  const project = useQuery(trpc.projects.get.queryOptions({ projectId: slug }));
  if (project.data?.identitySecretSet !== false) return null;
  return (
    <Alert color="orange" icon={<IconAlertTriangle size={18} />} title="Nobody can use it like this">
      There is no secret yet to sign identity tokens with.{' '}
      {can(role, 'editProject') ? (
        <TextLink to="/projects/$slug/settings" params={{ slug }} inherit underline="always">
          Make one in the settings
        </TextLink>
      ) : (
        'The owner makes one in the settings.'
      )}
    </Alert>
  );
}

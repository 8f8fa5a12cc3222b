import { Alert, Radio, Stack, Text } from '@mantine/core';
import { can, mayMakeKeys, type organizationSchemas } from '@reqbase/core/contract';
import { IconLock } from '@tabler/icons-react';
import { ROLE_WORDS } from '../members/role-words.ts';
import { useOrganizations } from '../organizations/use-organizations.ts';

type OrganizationChoiceProps = {
  /** A slug; null where there is none to choose. */
  readonly value: string | null;
  readonly onChange: (slug: string) => void;
};

/** Where the key will be. Those for which the person may make none are named, with the reason. */
export function OrganizationChoice({ value, onChange }: OrganizationChoiceProps) {
  const organizations = useOrganizations();
  const [only, ...others] = organizations;
  if (only !== undefined && others.length === 0 && mayMakeKeys(only)) {
    return (
      <Text size="sm">
        The key will open what belongs to <b>{only.name}</b>.
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {value === null && (
        <Alert color="gray" icon={<IconLock size={18} />} title="You cannot approve this">
          There is no organization for which you may make API keys.
        </Alert>
      )}
      <Radio.Group
        label="Organization"
        description="The key will open what belongs to it, and nothing else."
        value={value}
        onChange={onChange}
      >
        <Stack gap="xs" mt="xs">
          {organizations.map((organization) => (
            <Radio
              key={organization.id}
              value={organization.slug}
              label={organization.name}
              description={reasonAgainst(organization)}
              disabled={!mayMakeKeys(organization)}
            />
          ))}
        </Stack>
      </Radio.Group>
    </Stack>
  );
}

function reasonAgainst(organization: organizationSchemas.Organization): string | null {
  const { role } = organization;
  if (mayMakeKeys(organization)) return null;
  if (role === null) return 'You are in some of its projects only: its keys are made by its owners and admins.';
  if (!can(role, 'issueOrganizationTokens'))
    return `You are ${ROLE_WORDS[role].toLowerCase()} there: keys are made by owners and admins.`;
  return 'Its plan has no API keys: they come with Pro.';
}

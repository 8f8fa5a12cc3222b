import { Text } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { CopyField } from '../../ui/copy-field.tsx';
import { TextLink } from '../../ui/links.tsx';
import { useOrganization } from '../organizations/use-organization.ts';

/** How a service is scanned, to be copied. */
export function ScanCommand({ service = 'Billing API' }: { readonly service?: string }) {
  const { slug, role } = useOrganization();
  return (
    <>
      <CopyField
        label="Command"
        value={`reqbase scan --service '${service.replaceAll("'", String.raw`'\''`)}' --spec ./openapi.yaml --api-url ${location.origin}`}
      />
      <Text size="xs" c="dimmed" mt="xs" ta="left">
        The key is read from <span className="mono">REQFLO_API_KEY</span>.{' '}
        {can(role, 'issueOrganizationTokens') && (
          <TextLink to="/organizations/$slug/api-keys" params={{ slug }} inherit underline="always">
            Organization keys
          </TextLink>
        )}
      </Text>
    </>
  );
}

import { Alert, Stack, Table, Text } from '@mantine/core';
import type { connectedAppSchemas } from '@reqbase/core/contract';
import { IconAlertTriangle } from '@tabler/icons-react';
import { StepTitle } from '../device/step-title.tsx';
import { nameOf } from './app-name.ts';

type Props = Pick<connectedAppSchemas.ConsentRequest, 'client' | 'project'>;

/** Who asks, for which project, and where the answer goes. The name proves nothing; the addresses do. */
export function AppIdentity({ client, project }: Props) {
  const name = nameOf(client);
  return (
    <Stack gap="md">
      <div>
        <StepTitle>{project === null ? `“${name}” wants to be connected` : `Connect “${name}” to ${project.name}?`}</StepTitle>
        <Text size="sm" c="dimmed" mt={4}>
          The name is what the app calls itself. Nobody has checked it: go by the addresses.
        </Text>
      </div>
      <Table layout="fixed" withRowBorders={false} verticalSpacing={4} aria-label="About the request">
        <Table.Tbody>
          {project !== null && <Fact name="Project" value={`${project.name} (${project.organization})`} />}
          <Fact name="App" value={client.host ?? 'Has registered itself'} isAddress={client.host !== null} />
          <Fact name="Answer goes to" value={client.redirectHost} isAddress />
        </Table.Tbody>
      </Table>
      {client.isLoopback && (
        <Alert color="orange" icon={<IconAlertTriangle size={18} />} title="The answer goes to a program on this computer">
          Any program here can ask in any name. Go on only if you have just started this yourself, in an app that you trust.
        </Alert>
      )}
    </Stack>
  );
}

function Fact({
  name,
  value,
  isAddress = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly isAddress?: boolean;
}) {
  return (
    <Table.Tr>
      <Table.Th w={130} fw={500}>
        {name}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }} {...(isAddress && { className: 'mono' })}>
        {value}
      </Table.Td>
    </Table.Tr>
  );
}

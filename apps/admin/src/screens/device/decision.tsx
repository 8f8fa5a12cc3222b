import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { type deviceSchemas, mayMakeKeys } from '@reqbase/core/contract';
import { IconShieldQuestion } from '@tabler/icons-react';
import { useState } from 'react';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useOrganizations } from '../organizations/use-organizations.ts';
import { ApprovalForm } from './approval-form.tsx';
import { DecisionFailure } from './decision-failure.tsx';
import { OrganizationChoice } from './organization-choice.tsx';
import { StepTitle } from './step-title.tsx';
import { type Decision as Deciding, useDecision } from './use-decision.ts';

type Request = deviceSchemas.DeviceRequest;

/** What a device asks for, and the decision on it. */
export function Decision({ request }: { readonly request: Request }) {
  const [first] = useOrganizations().filter(mayMakeKeys);
  const [organization, setOrganization] = useState(first?.slug ?? null);
  const deciding = useDecision(request);
  return (
    <Stack gap="lg">
      <div>
        <StepTitle>Give “{request.clientName}” an API key?</StepTitle>
        <Text size="sm" c="dimmed" mt={4}>
          The name is what the program calls itself. Nobody has checked it.
        </Text>
      </div>
      <Warning request={request} />
      <OrganizationChoice value={organization} onChange={setOrganization} />
      {organization === null ? (
        <>
          <DecisionFailure failure={deciding.failure} />
          <DenyButton deciding={deciding} />
        </>
      ) : (
        <ApprovalForm key={organization} request={request} organization={organization} deciding={deciding}>
          <DenyButton deciding={deciding} />
        </ApprovalForm>
      )}
    </Stack>
  );
}

function Warning({ request: { userCode, requestedAt, ip, isFromYourAddress } }: { readonly request: Request }) {
  return (
    <Alert color="orange" icon={<IconShieldQuestion size={20} />} title="Did you start this yourself, just now?">
      <List size="sm" spacing={6} withPadding={false}>
        <List.Item>
          The device in front of you shows the code{' '}
          <Text span className="mono" fz="lg" fw={700} style={{ whiteSpace: 'nowrap' }}>
            {userCode}
          </Text>
          .
        </List.Item>
        <List.Item>
          It has asked <TimeAgo at={requestedAt} />
          {ip !== null && (
            <>
              {' '}
              from the address <span className="mono">{ip}</span>,{' '}
              {isFromYourAddress ? 'which is this browser’s too' : <Elsewhere />}
            </>
          )}
          .
        </List.Item>
        <List.Item>Nobody has sent you the code or a link to this page. Who does that wants your access: deny it.</List.Item>
      </List>
    </Alert>
  );
}

function DenyButton({ deciding: { deny, isDenying, isApproving } }: { readonly deciding: Deciding }) {
  return (
    <Button variant="default" size="md" loading={isDenying} disabled={isApproving} onClick={deny}>
      Deny
    </Button>
  );
}

function Elsewhere() {
  return (
    <>
      <b>which is not this browser’s</b> (as it is when you work on a machine far away)
    </>
  );
}

import { Button, Code, DataList, Group, Paper, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { requesterSchemas } from '@reqbase/core/contract';
import { Fact } from '../../ui/fact.tsx';
import { formatCents, formatCount } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { EditRequesterDialog } from './edit-requester-dialog.tsx';

type Requester = requesterSchemas.Requester;

const METHODS: Readonly<Record<Requester['identityMethod'], string>> = {
  jwt: 'An identity token of your product',
  hmac: 'A signed e-mail address',
  api: 'A caller of the API',
  none: 'Nobody yet',
};
/** Shown by name; the rest of the traits as they are. */
const KNOWN_TRAITS = new Set(['plan', 'amount', 'interval']);

type RequesterFactsProps = { readonly projectId: string; readonly requester: Requester; readonly mayEdit: boolean };

export function RequesterFacts({ projectId, requester, mayEdit }: RequesterFactsProps) {
  const [isEditing, dialog] = useDisclosure();
  const { traits } = requester;
  const others = Object.entries(traits).filter(([name]) => !KNOWN_TRAITS.has(name));
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="facts">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="facts">
          Details
        </Title>
        {mayEdit && (
          <Button size="compact-sm" variant="subtle" onClick={dialog.open}>
            Edit
          </Button>
        )}
      </Group>
      <DataList gap={8} labelWidth={104}>
        <Fact label="E-mail">
          {requester.email === null ? 'Unknown' : <Email address={requester.email} />}
          {requester.email !== null && !requester.emailVerified && ' (not verified)'}
        </Fact>
        <Fact label="E-mail notices">{requester.emailOptOut ? 'Not wanted' : 'Allowed'}</Fact>
        {requester.phone !== null && <Fact label="Phone">{requester.phone}</Fact>}
        {requester.company !== null && <Fact label="Company">{requester.company}</Fact>}
        {requester.jobTitle !== null && <Fact label="Job title">{requester.jobTitle}</Fact>}
        <Fact label="Revenue">{formatCents(requester.monthlyRevenue)} a month</Fact>
        {typeof traits.plan === 'string' && <Fact label="Plan">{traits.plan}</Fact>}
        <Fact label="Votes">{formatCount(requester.voteCount)}</Fact>
        {requester.externalId !== null && (
          <Fact label="Your id">
            <Code>{requester.externalId}</Code>
          </Fact>
        )}
        <Fact label="Known by">{METHODS[requester.identityMethod]}</Fact>
        {requester.identifiedAt !== null && (
          <Fact label="Identified">
            <TimeAgo at={requester.identifiedAt} />
          </Fact>
        )}
        <Fact label="First seen">
          <TimeAgo at={requester.firstSeenAt} />
        </Fact>
      </DataList>
      {others.length > 0 && (
        <>
          <Title order={3} mt="md" mb={4}>
            Traits
          </Title>
          <DataList gap={8} labelWidth={104}>
            {others.map(([name, value]) => (
              <Fact key={name} label={name}>
                {String(value)}
              </Fact>
            ))}
          </DataList>
        </>
      )}
      {isEditing && <EditRequesterDialog projectId={projectId} requester={requester} onClose={dialog.close} />}
    </Paper>
  );
}

/** It may break before the @, rather than in a word. */
function Email({ address }: { readonly address: string }) {
  const place = address.lastIndexOf('@');
  return (
    <>
      {address.slice(0, place)}
      <wbr />
      {address.slice(place)}
    </>
  );
}

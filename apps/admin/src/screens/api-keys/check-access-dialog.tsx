import { Alert, List, Modal, Select, Stack, Text, TextInput, ThemeIcon } from '@mantine/core';
import { type apiKeySchemas, canonicalCidr, SCOPE_NAMES, SCOPES, type Scope } from '@reqbase/core/contract';
import { IconCheck, IconMinus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import type { KeyProject } from './key-api.ts';

type Gate = apiKeySchemas.Explanation['gates'][number];
type CheckAccessDialogProps = {
  readonly apiKey: apiKeySchemas.ApiKey;
  readonly projects: readonly KeyProject[];
  readonly onClose: () => void;
};

const GATES: Readonly<Record<Gate['gate'], string>> = {
  credential: 'The key itself',
  tenant: 'Organization and project',
  scope: 'Scope',
  plan: 'Plan of the organization',
  role: 'Role of the owner',
  rate: 'Calls in this minute',
  quota: 'Calls today',
};
const LOOKS = {
  passed: { color: 'teal.8', Icon: IconCheck },
  refused: { color: 'red.8', Icon: IconX },
  'not reached': { color: 'gray.6', Icon: IconMinus },
} as const;

/** Asks the gates what they would say to a call of this key now. */
export function CheckAccessDialog({ apiKey, projects, onClose }: CheckAccessDialogProps) {
  const [scope, setScope] = useState<Scope>('backlog:read');
  const [ip, setIp] = useState('');
  const isAddress = ip === '' || (!ip.includes('/') && canonicalCidr(ip) !== null);
  const [project, setProject] = useState(projects[0]?.slug ?? null);
  return (
    <Modal opened onClose={onClose} title={`Check access of “${apiKey.name}”`} size="lg">
      <Stack>
        {projects.length > 1 && (
          <Select
            label="Project"
            data={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
            value={project}
            onChange={setProject}
            allowDeselect={false}
            searchable
          />
        )}
        <Select
          label="Scope that the call needs"
          data={SCOPE_NAMES.map((name) => ({ value: name, label: `${name} – ${SCOPES[name].title}` }))}
          value={scope}
          onChange={(value) => setScope(value ?? scope)}
          allowDeselect={false}
          searchable
          openOnFocus={false}
          data-autofocus
        />
        {apiKey.allowedIps.length > 0 && (
          <TextInput
            label="Address that calls"
            description={`May be of ${apiKey.allowedIps.join(', ')}. Empty: your own.`}
            maxLength={45}
            value={ip}
            onChange={(event) => setIp(event.currentTarget.value.trim())}
            error={isAddress ? null : 'Not an address yet.'}
          />
        )}
        {project === null ? (
          <Text size="sm">The organization has no project to call.</Text>
        ) : (
          <Gates projectId={project} id={apiKey.id} scope={scope} {...(ip !== '' && isAddress && { ip })} />
        )}
      </Stack>
    </Modal>
  );
}

type GatesProps = { readonly projectId: string; readonly id: string; readonly scope: Scope; readonly ip?: string };

function Gates(input: GatesProps) {
  const trpc = useTRPC();
  const explanation = useQuery(trpc.apiKeys.explain.queryOptions(input, { staleTime: 0 }));
  if (explanation.isPending) return <TableSkeleton rows={7} height={34} />;
  if (explanation.isError) return <ErrorPanel error={explanation.error} onRetry={explanation.refetch} />;
  const { isAllowed, gates } = explanation.data;
  return (
    <>
      <Alert
        color={isAllowed ? 'teal' : 'red'}
        role="status"
        title={isAllowed ? 'A call now would be let in.' : 'A call now would be refused.'}
      />
      <List spacing="sm" listStyleType="none" center={false} aria-label="Gates">
        {gates.map(({ gate, outcome, code, message }) => {
          const { color, Icon } = LOOKS[outcome];
          return (
            <List.Item
              key={gate}
              icon={
                <ThemeIcon color={color} size={24} radius="xl" aria-hidden="true">
                  <Icon size={15} />
                </ThemeIcon>
              }
            >
              <Text size="sm" {...(outcome === 'not reached' && { c: 'dimmed' })}>
                <b>{GATES[gate]}</b>: {outcome}
              </Text>
              {code !== null && (
                <Text size="sm">
                  {message} <span className="mono">{code}</span>
                </Text>
              )}
            </List.Item>
          );
        })}
      </List>
    </>
  );
}

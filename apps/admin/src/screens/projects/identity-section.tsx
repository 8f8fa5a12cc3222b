import { Alert, Button, Group, Modal, Paper, Radio, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { projectSchemas } from '@reqbase/core/contract';
import { IconClock, IconEye, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { CopyField } from '../../ui/copy-field.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { absoluteTime } from '../../ui/relative-time.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';

/** The secret by which the team's own product says who a visitor of the widget is. */
export function IdentitySection({ projectId }: { readonly projectId: string }) {
  const trpc = useTRPC();
  const status = useQuery(trpc.projects.identity.queryOptions({ projectId }));
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="identity">
      <Title order={2} id="identity" mb="xs">
        Identity
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        Your server signs a token for the user who is logged in, and the widget passes it on: so requests carry a name, and what
        its customer pays counts for the request.
      </Text>
      {status.isPending && <Skeleton height={80} aria-busy="true" />}
      {status.isError && <ErrorPanel error={status.error} onRetry={status.refetch} />}
      {status.isSuccess && <Secret projectId={projectId} status={status.data} />}
    </Paper>
  );
}

type SecretProps = { readonly projectId: string; readonly status: projectSchemas.IdentityStatus };

function Secret({ projectId, status }: SecretProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [isRotating, setIsRotating] = useState(false);
  const [shown, setShown] = useState<projectSchemas.IdentitySecret | null>(null);
  const show = ({ secret, ...present }: projectSchemas.IdentitySecret) => {
    queryClient.setQueryData(trpc.projects.identity.queryKey({ projectId }), present);
    void queryClient.invalidateQueries(trpc.projects.get.queryFilter({ projectId }));
    setShown({ secret, ...present });
  };
  const revealing = useMutation(trpc.projects.revealIdentitySecret.mutationOptions({ onSuccess: show }));
  return (
    <Stack gap="sm">
      <Text size="sm">
        {status.isSet ? (
          <>
            The secret was made <TimeAgo at={status.createdAt} />.
            {status.rotatingUntil !== null && (
              <>
                {' '}
                The former one is accepted too and ends <TimeAgo at={status.rotatingUntil} />.
              </>
            )}
          </>
        ) : (
          'There is no secret yet. Until there is one, nobody is identified by the widget.'
        )}
      </Text>
      <Group gap="sm">
        {shown === null ? (
          <Button
            variant="default"
            leftSection={<IconEye size={16} />}
            loading={revealing.isPending}
            onClick={() => revealing.mutate({ projectId })}
          >
            {status.isSet ? 'Reveal secret' : 'Make a secret'}
          </Button>
        ) : (
          <Button variant="default" onClick={() => setShown(null)}>
            Hide secret
          </Button>
        )}
        {status.isSet && (
          <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={() => setIsRotating(true)}>
            Rotate
          </Button>
        )}
      </Group>
      {shown !== null && (
        <>
          <CopyField label="Secret" value={shown.secret} />
          <CopyField label="Example for Node.js" value={exampleOf(shown.audience)} />
        </>
      )}
      {isRotating && (
        <RotateDialog
          projectId={projectId}
          rotatingUntil={status.rotatingUntil}
          onRotated={(rotated) => {
            show(rotated);
            setIsRotating(false);
            notifyDone('The new secret is in force.');
          }}
          onClose={() => setIsRotating(false)}
        />
      )}
    </Stack>
  );
}

/** With `jose`, which most services have already. */
function exampleOf(audience: string): string {
  return `import { SignJWT } from 'jose';

const token = await new SignJWT({ email: user.email, traits: { plan: 'team', amount: 4900, interval: 'month' } })
  .setProtectedHeader({ alg: 'HS256' })
  .setSubject(user.id)
  .setAudience('${audience}')
  .setIssuedAt()
  .setExpirationTime('5m')
  .sign(new TextEncoder().encode(process.env.REQBASE_IDENTITY_SECRET));
// <script src="…/widget.js" data-identity-token="\${token}" …>`;
}

type RotateDialogProps = {
  readonly projectId: string;
  /** Until then the former secret is accepted; null when there is no such. */
  readonly rotatingUntil: string | null;
  readonly onRotated: (secret: projectSchemas.IdentitySecret) => void;
  readonly onClose: () => void;
};

const AT_ONCE = '0';
const OVERLAPS = [
  { value: '24', label: '24 hours', description: 'Time to bring the new secret to your servers.' },
  { value: '168', label: '7 days', description: 'For slow releases.' },
  { value: AT_ONCE, label: 'None', description: 'A secret has leaked: tokens signed with it are refused at once.' },
];

function RotateDialog({ projectId, rotatingUntil, onRotated, onClose }: RotateDialogProps) {
  const trpc = useTRPC();
  const until = rotatingUntil === null ? null : new Date(rotatingUntil);
  // Two secrets at a time: another overlap would end the one in use. None is for an emergency, and always possible.
  const isUnderWay = until !== null && until > new Date();
  const [overlap, setOverlap] = useState(isUnderWay ? null : '24');
  const rotating = useMutation(
    trpc.projects.rotateIdentitySecret.mutationOptions({ meta: { showsFailure: true }, onSuccess: onRotated }),
  );
  return (
    <Modal opened onClose={onClose} title="Make another secret" centered>
      <Stack>
        {rotating.isError && (
          <Alert color="red" role="alert" title={rotating.error.message}>
            Nothing was changed. Request {readFailure(rotating.error).requestId}
          </Alert>
        )}
        {isUnderWay && (
          <Alert icon={<IconClock size={18} />}>
            A rotation is under way until {absoluteTime(until)}: until then the former secret is accepted too. The next one is
            possible after that, or now without an overlap.
          </Alert>
        )}
        <Radio.Group label="The present one is accepted for" value={overlap} onChange={setOverlap}>
          <Stack gap="xs" mt="xs">
            {OVERLAPS.map((option) => (
              <Radio key={option.value} {...option} disabled={isUnderWay && option.value !== AT_ONCE} />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            {...(overlap === AT_ONCE && { color: 'red.9' })}
            disabled={overlap === null}
            loading={rotating.isPending}
            onClick={() => rotating.mutate({ projectId, overlapHours: Number(overlap) })}
          >
            Rotate secret
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

import { Button, Checkbox, Group, Stack } from '@mantine/core';
import type { connectedAppSchemas } from '@reqbase/core/contract';
import { type ReactNode, useState } from 'react';

type ConsentFormProps = {
  readonly scopes: connectedAppSchemas.ConsentRequest['scopes'];
  readonly isPending: boolean;
  readonly onAllow: (scopes: string[]) => void;
  /** What can be done instead. */
  readonly children: ReactNode;
};

/** What the app may do: as much of it as is left ticked. */
export function ConsentForm({ scopes, isPending, onAllow, children }: ConsentFormProps) {
  const [chosen, setChosen] = useState(() => scopes.flatMap(({ scope, isProposed }) => (isProposed ? [scope] : [])));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onAllow(chosen);
      }}
    >
      <Stack gap="lg">
        <Checkbox.Group
          label="It may, in your name and within your role"
          description="Take away what it does not need. You can disconnect it at any time."
          value={chosen}
          onChange={setChosen}
          error={chosen.length === 0 && 'With nothing chosen, there is nothing to allow.'}
        >
          <Stack gap="sm" mt="xs">
            {scopes.map(({ scope, title, grantable, reason, isGranted }) => (
              <Checkbox
                key={scope}
                value={scope}
                label={title}
                description={
                  <>
                    <span className="mono">{scope}</span>
                    {isGranted && ' · It has this already.'}
                    {reason !== null && ` · You cannot give this: ${reason}`}
                  </>
                }
                disabled={!grantable}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end">
          {children}
          <Button type="submit" size="md" loading={isPending} disabled={chosen.length === 0}>
            Allow
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

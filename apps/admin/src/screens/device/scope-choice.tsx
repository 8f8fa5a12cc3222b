import { Checkbox, List, Stack, Text } from '@mantine/core';
import { type apiKeySchemas, SCOPES, scopesCoveredBy } from '@reqbase/core/contract';
import classes from './scope-choice.module.css';

type Scope = apiKeySchemas.GrantableScopes['items'][number];
type ScopeChoiceProps = {
  /** All that the device asks for. */
  readonly asked: readonly Scope[];
  readonly value: readonly string[];
  readonly onChange: (scopes: string[]) => void;
};

/** What the device asks for, each with what it grants. What the person may not give is there, with the reason. */
export function ScopeChoice({ asked, value, onChange }: ScopeChoiceProps) {
  return (
    <Checkbox.Group
      label="It asks for"
      description="Take away what it does not need."
      value={[...value]}
      onChange={onChange}
      error={value.length === 0 && 'With nothing chosen, there is nothing to approve.'}
    >
      <Stack gap="sm" mt="xs">
        {asked.map(({ scope, title, grantable, reason }) => (
          <div key={scope} className={classes.scope}>
            <Checkbox
              value={scope}
              label={title}
              description={
                <>
                  <span className="mono">{scope}</span>
                  {reason !== null && ` · You may not give this: ${reason}`}
                </>
              }
              disabled={!grantable}
            />
            <Included word={scope} />
          </div>
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

/** All that a wide scope opens. */
function Included({ word }: { readonly word: string }) {
  const titles = [...scopesCoveredBy(word)].map((scope) => SCOPES[scope].title);
  if (titles.length < 2) return null;
  return (
    <details className={classes.included}>
      <summary>
        <Text span size="sm">
          What <span className="mono">{word}</span> includes
        </Text>
      </summary>
      <List size="sm" mt={4}>
        {titles.map((title) => (
          <List.Item key={title}>{title}</List.Item>
        ))}
      </List>
    </details>
  );
}

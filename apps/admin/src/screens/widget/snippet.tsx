import { Stack, Text } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { CopyField } from '../../ui/copy-field.tsx';
import { TextLink } from '../../ui/links.tsx';
import { useProject } from '../projects/use-project.ts';
import { Section } from './section.tsx';

/** What is pasted into a page, once for everybody and once for people who are signed in. */
export function Snippet({ slug }: { readonly slug: string }) {
  const { role } = useProject();
  // The admin is served where the widget is.
  const script = `${location.origin}/widget.js`;
  return (
    <Stack mt="lg">
      <Section
        id="install"
        title="Put it on your pages"
        about="Paste one of these before the end of the body. It waits for nothing and sets no cookies."
      >
        <CopyField label="For every visitor" value={`<script src="${script}" data-project="${slug}" async></script>`} />
        <CopyField
          label="For people who are signed in"
          value={[
            '<script',
            `  src="${script}"`,
            `  data-project="${slug}"`,
            '  data-identity-token="THE TOKEN THAT YOUR SERVER SIGNED"',
            '  async',
            '></script>',
          ].join('\n')}
        />
        <Text size="sm" c="dimmed">
          With the token, requests carry the name of who asks.{' '}
          {can(role, 'editProject') ? (
            <TextLink to="/projects/$slug/settings" params={{ slug }} hash="identity" inherit underline="always">
              How to sign one
            </TextLink>
          ) : (
            'The owner finds in the settings how to sign one.'
          )}{' '}
          Signed in later, on a page that is not loaded again: call <code className="mono">Reqbase.identify(token)</code>, and{' '}
          <code className="mono">Reqbase.reset()</code> on signing out.
        </Text>
      </Section>
    </Stack>
  );
}

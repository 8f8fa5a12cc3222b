import { Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { CopyField } from '../../ui/copy-field.tsx';

const CLIENTS = {
  'Claude Code': {
    label: 'Command',
    text: (url: string) => `claude mcp add --transport http reqbase ${url} --header "Authorization: Bearer $REQBASE_KEY"`,
  },
  Cursor: {
    label: '.cursor/mcp.json',
    text: (url: string) => json({ mcpServers: { reqbase: { url, headers: { Authorization: `Bearer \${env:REQBASE_KEY}` } } } }),
  },
  'VS Code': {
    label: '.vscode/mcp.json',
    text: (url: string) =>
      json({
        inputs: [{ type: 'promptString', id: 'reqbase-key', description: 'API key of Reqbase', password: true }],
        servers: { reqbase: { type: 'http', url, headers: { Authorization: `Bearer \${input:reqbase-key}` } } },
      }),
  },
  'By a command': {
    label: 'Configuration',
    text: (_url: string, projectId: string) =>
      json({ mcpServers: { reqbase: { command: 'reqbase', args: ['mcp', '--project', projectId] } } }),
  },
} as const;
type ClientName = keyof typeof CLIENTS;
const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];

/** Where agents find the project's tools, and what to write into their clients. */
export function McpSection({ projectId }: { readonly projectId: string }) {
  const [client, setClient] = useState<ClientName>('Claude Code');
  const url = `${location.origin}/p/${projectId}/mcp`;
  const { label, text } = CLIENTS[client];
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="mcp">
      <Title order={2} id="mcp" mb="xs">
        MCP
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        Agents read and work on the project by the tools of this address. Give each an API key of its own with no more scopes than
        it needs: they decide which tools it has.
      </Text>
      <Stack gap="md">
        <CopyField label="Address" value={url} />
        <SegmentedControl
          aria-label="Client"
          data={CLIENT_NAMES}
          value={client}
          onChange={(name) => setClient(name as ClientName)}
          style={{ alignSelf: 'flex-start', maxWidth: '100%', flexWrap: 'wrap' }}
        />
        <CopyField key={client} label={label} value={text(url, projectId)} />
      </Stack>
    </Paper>
  );
}

function json(configuration: object): string {
  return JSON.stringify(configuration, null, 2);
}

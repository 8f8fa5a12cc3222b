import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { contextOf } from '../context.ts';

type Message = { readonly id?: unknown; readonly method?: unknown; readonly params?: Readonly<Record<string, unknown>> };
type Endpoint = { readonly url: URL; readonly apiKey: string };

const TIMEOUT_MS = 60_000;
/** JSON-RPC 2.0 §5.1. */
const PARSE_ERROR = -32_700;
const SERVER_ERROR = -32_000;

export function addMcp(program: Command): void {
  program
    .command('mcp')
    .description('offer the tools of a project to a program that starts this one, by MCP over standard input and output')
    .option('--catalogue', "the tools of the organization's API catalogue instead")
    .addHelpText(
      'after',
      '\nExample, of the configuration of an MCP client:\n  { "mcpServers": { "reqbase": { "command": "reqbase", "args": ["mcp", "--project", "demo"] } } }',
    )
    .action(async ({ catalogue = false }: { catalogue?: boolean }, command: Command) => {
      const { apiBase, apiKey, organization, project } = contextOf(command);
      const key = apiKey();
      const path = catalogue ? `/o/${await organization()}/mcp` : `/p/${project()}/mcp`;
      if (process.stdin.isTTY)
        process.stderr.write('This speaks MCP and waits for messages, a line each: a client starts it. End it with Ctrl+D.\n');
      await relay({ url: new URL(path, apiBase), apiKey: key });
    });
}

/**
 * Hands each line of standard input to the server, and what it answers to standard output, until the input ends. Messages
 * go through as they are, so that whatever revision a client speaks is between it and the server.
 */
async function relay(endpoint: Endpoint): Promise<void> {
  const underWay = new Set<Promise<void>>();
  // By its answer to `initialize`; the current revision names it with each message.
  let agreed: string | null = null;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const passing = pass(endpoint, line, agreed).then((answer) => {
      agreed = versionIn(answer) ?? agreed;
      if (answer !== null) process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
    underWay.add(passing);
    void passing.finally(() => underWay.delete(passing));
  }
  await Promise.all(underWay);
}

/** What the server answers to a line; null where nobody waits for an answer. */
async function pass({ url, apiKey }: Endpoint, line: string, agreed: string | null): Promise<unknown> {
  const message = parsed(line);
  if (message === null) return refusal(null, PARSE_ERROR, 'The line is no JSON.');
  const id = message.id ?? null;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { ...headersOf(message, agreed), authorization: `Bearer ${apiKey}` },
      body: line,
    });
    const text = await response.text();
    const answer = text === '' ? null : (JSON.parse(text) as unknown);
    if (response.ok || answer === null) return answer;
    // A refusal before the message was read does not know its id.
    return id === null ? told(answer) : { ...(answer as object), id };
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return id === null
      ? told(`${url.origin} does not answer${why}`)
      : refusal(id, SERVER_ERROR, `${url.origin} does not answer${why}`);
  }
}

/** Of what nobody waits for, people are told. */
function told(what: unknown): null {
  process.stderr.write(`${typeof what === 'string' ? what : JSON.stringify(what)}\n`);
  return null;
}

function headersOf({ method, params = {} }: Message, agreed: string | null): Record<string, string> {
  const meta = params['_meta'] as Readonly<Record<string, unknown>> | undefined;
  const stated = meta?.['io.modelcontextprotocol/protocolVersion'];
  const version = typeof stated === 'string' ? stated : agreed;
  const name = params['name'] ?? params['uri'];
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(version !== null && { 'mcp-protocol-version': version }),
    ...(typeof stated === 'string' && typeof method === 'string' && { 'mcp-method': method }),
    ...(typeof stated === 'string' && typeof name === 'string' && { 'mcp-name': name }),
  };
}

function parsed(line: string): Message | null {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : null;
  } catch {
    return null;
  }
}

function versionIn(answer: unknown): string | null {
  const { result } = (answer ?? {}) as { result?: { protocolVersion?: unknown } };
  return typeof result?.protocolVersion === 'string' ? result.protocolVersion : null;
}

function refusal(id: unknown, code: number, message: string): object {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

import type { TestKey } from '@reqbase/auth/testing';
import { type Answer, send, type TestInstallation } from '../testing.ts';

export const CURRENT = '2026-07-28';
export const EARLIER = ['2025-03-26', '2025-06-18', '2025-11-25'] as const;

type Message = { readonly method: string; readonly params?: Record<string, unknown> };
type Asked = {
  /** A revision before the current one: its headers and no envelope. */
  readonly version?: string;
  readonly headers?: Record<string, string>;
  /** In place of the message. */
  readonly payload?: unknown;
};

/** Sends a message to an endpoint with a key, as a client of the current revision does, or of an earlier one. */
export function mcp(installation: Pick<TestInstallation, 'app'>, path: string, key: Pick<TestKey, 'raw'> | null) {
  return (message: Message, { version = CURRENT, headers = {}, payload }: Asked = {}): Promise<Answer> => {
    const isCurrent = version >= CURRENT;
    const name = message.params?.['name'];
    return send(installation, {
      method: 'POST',
      url: path,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': version,
        ...(isCurrent && { 'mcp-method': message.method }),
        ...(isCurrent && typeof name === 'string' && { 'mcp-name': name }),
        ...(key !== null && { authorization: `Bearer ${key.raw}` }),
        ...headers,
      },
      payload: (payload ?? { jsonrpc: '2.0', id: 1, ...message, ...(isCurrent && enveloped(message, version)) }) as object,
    });
  };
}

function enveloped({ params = {} }: Message, version: string): Pick<Message, 'params'> {
  return {
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
}

/** A call of a tool, and what it answers: the structured content, or the refusal in the text. */
export function toolCaller(
  installation: Pick<TestInstallation, 'app'>,
  path: string,
  key: Pick<TestKey, 'raw'>,
  version?: string,
) {
  const ask = mcp(installation, path, key);
  return async (name: string, given: Record<string, unknown> = {}) => {
    const answer = await ask(
      { method: 'tools/call', params: { name, arguments: given } },
      version === undefined ? {} : { version },
    );
    const result = answer.body?.result;
    const text = result?.content?.[0]?.text;
    return { ...answer, result, data: result?.structuredContent, refusal: result?.isError === true ? JSON.parse(text) : null };
  };
}

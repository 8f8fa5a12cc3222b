import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from '../testing.ts';
import { plainCallIn } from './plain-call.ts';
import { CURRENT, EARLIER } from './testing.ts';

// What is plain is answered without the SDK: it has to be answered as the SDK answers it.

let installation: TestInstallation;
let tenant: TestTenant;
let authorization: string;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'scale' });
  authorization = `Bearer ${(await seedKey(installation, tenant)).raw}`;
});
afterAll(() => installation.close());

type Asked = { readonly headers: Record<string, string>; readonly message: Record<string, unknown> };
const META = 'io.modelcontextprotocol/';
const JSON_TYPE = 'application/json';
const BOTH = 'application/json, text/event-stream';

/** A call of a tool by a revision, `over` in place of its parts. */
function call(
  version: string,
  name: string,
  given: unknown,
  over: Partial<Record<'id' | 'info' | 'capabilities' | 'accept' | 'named' | 'type', unknown>> = {},
): Asked {
  const {
    id = 1,
    info = { name: 'test', version: '1' },
    capabilities = {},
    accept = BOTH,
    named = name,
    type = JSON_TYPE,
  } = over;
  const envelope = {
    [`${META}protocolVersion`]: version,
    [`${META}clientInfo`]: info,
    [`${META}clientCapabilities`]: capabilities,
  };
  const isCurrent = version === CURRENT;
  return {
    headers: {
      accept: String(accept),
      'content-type': String(type),
      'mcp-protocol-version': version,
      ...(isCurrent && { 'mcp-method': 'tools/call', 'mcp-name': String(named) }),
    },
    message: {
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: given, ...(isCurrent && { _meta: envelope }) },
    },
  };
}

/** The same call with a word more than a plain one has, which no answer depends on. */
function notPlain({ headers, message }: Asked): Asked {
  const params = message['params'] as { _meta?: object };
  return { headers, message: { ...message, params: { ...params, _meta: { ...params._meta, progressToken: 'p' } } } };
}

async function answerTo({ headers, message }: Asked) {
  const {
    status,
    headers: answered,
    body,
  } = await send(installation, {
    method: 'POST',
    url: `/p/${tenant.project.slug}/mcp`,
    headers: { ...headers, authorization },
    payload: message,
  });
  // A refusal tells the id of its own request.
  return {
    status,
    type: answered['content-type'],
    body: JSON.parse(JSON.stringify(body).replaceAll(/req_[\da-f-]{36}/g, 'req')),
  };
}

const isPlain = ({ headers, message }: Asked) => plainCallIn(message, { headers }) !== null;

describe.each([CURRENT, ...EARLIER])('a plain call of %s', (version) => {
  it.each([
    ['that is done', 'get_project_stats', {}],
    ['that answers a page', 'list_features', { limit: 2 }],
    ['with bad input', 'list_features', { limit: 0 }],
    ['of what there is not', 'get_feature', { id: '01a200a4-972f-789c-9aa1-739d1bba6fb7' }],
    ['with an argument that the tool has not', 'list_features', { nothing: 1 }],
    ['of a tool that there is not', 'nothing', {}],
  ])('%s is answered as by the SDK', async (_what, name, given) => {
    const asked = call(version, name, given);
    expect([isPlain(asked), isPlain(notPlain(asked))]).toEqual([true, false]);
    expect(await answerTo(asked)).toEqual(await answerTo(notPlain(asked)));
  });
});

it('whatever a call is like, it is refused or answered as by the SDK', async () => {
  const json = fc.jsonValue({ maxDepth: 2 });
  const capabilities = fc.oneof(
    fc.constantFrom(
      {},
      { elicitation: {} },
      { elicitation: { form: {} } },
      { roots: { listChanged: true } },
      { sampling: {}, tasks: {} },
    ),
    fc.dictionary(fc.constantFrom('roots', 'sampling', 'elicitation', 'experimental', 'extensions', 'tasks', 'other'), json, {
      maxKeys: 3,
    }),
    json,
  );
  const info = fc.oneof(
    fc.constant({ name: 'a', version: '1', title: 'A', icons: [] }),
    fc.record({ name: json, version: json }),
    json,
  );
  const over = fc.record(
    {
      id: fc.oneof(fc.integer(), fc.string(), json),
      info,
      capabilities,
      accept: fc.constantFrom(BOTH, 'text/event-stream,application/json', 'application/json', '*/*'),
      named: fc.constantFrom('get_project_stats', 'list_features'),
      type: fc.constantFrom(
        JSON_TYPE,
        'application/json; charset=utf-8',
        'Application/JSON',
        'application/json; a=b, text/plain',
      ),
    },
    { requiredKeys: [] },
  );
  const given = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: json });
  const plain: boolean[] = [];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(CURRENT, ...EARLIER), given, over, async (version, args, parts) => {
      const asked = call(version, 'get_project_stats', args, parts);
      plain.push(isPlain(asked));
      const [one, other] = [await answerTo(asked), await answerTo(notPlain(asked))];
      expect([one.status, one.body?.error?.code, one.body?.result]).toEqual([
        other.status,
        other.body?.error?.code,
        other.body?.result,
      ]);
    }),
    { numRuns: 150 },
  );
  expect(new Set(plain)).toEqual(new Set([true, false]));
});

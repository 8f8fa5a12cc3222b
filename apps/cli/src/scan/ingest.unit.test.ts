import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ScanPayload } from './contract.ts';
import { ingest } from './ingest.ts';

// What a server answers that is not Reqbase, or that a scan cannot bring it to. The rest is tested against Reqbase itself.

async function serverThat(status: number, answer: object): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const payload: ScanPayload = {
  service: { name: 'Billing API' },
  spec: { hash: 'a'.repeat(64), format: 'openapi', version: '3.1.0' },
  endpoints: [],
  findings: [],
};

it.each([
  [400, 'BAD_REQUEST', 'Something in the request is wrong.'],
  [413, 'PAYLOAD_TOO_LARGE', 'Scan payload is too large.'],
])('tells of a %i with the code and message of the server', async (status, code, message) => {
  const url = await serverThat(status, { error: { code, message } });
  await expect(ingest(url, 'k', payload)).rejects.toMatchObject({
    message: `scan ingestion failed: ${code}: ${message}`,
    code,
    status,
    exitCode: 2,
  });
});

it('counts itself and knows the page itself where the server says only which run it was', async () => {
  const url = await serverThat(201, { id: 'a/b' });
  expect(await ingest(url, 'k', payload)).toEqual({
    id: 'a/b',
    resultUrl: `${url}/scan-runs/a%2Fb`,
    endpointCount: 0,
    findingCount: 0,
  });
});

it('tells of an answer that names no scan run, and of a server that is not there', async () => {
  await expect(ingest(await serverThat(201, {}), 'k', payload)).rejects.toThrow(
    'scan ingestion failed: the answer of the server names no scan run.',
  );
  await expect(ingest('http://127.0.0.1:9', 'k', payload)).rejects.toThrow(
    'scan ingestion failed: http://127.0.0.1:9 cannot be reached.',
  );
});

it('sends 8 MiB, and of one byte more says so and sends nothing', async () => {
  const url = await serverThat(201, { id: 'a' });
  const endpointOf = (summary: string) => ({ method: 'GET', path: '/', operationId: null, tags: [], summary }) as const;
  const besides = Buffer.byteLength(JSON.stringify({ ...payload, endpoints: [endpointOf('')] }));
  const sized = (bytes: number) => {
    // Half of the characters are of two bytes: it is bytes that count.
    const filling = bytes - besides;
    const twos = Math.floor(filling / 4);
    return { ...payload, endpoints: [endpointOf('ü'.repeat(twos) + 'a'.repeat(filling - 2 * twos))] };
  };
  expect(await ingest(url, 'k', sized(8 * 1024 * 1024))).toMatchObject({ id: 'a' });
  await expect(ingest('http://127.0.0.1:9', 'k', sized(8 * 1024 * 1024 + 1))).rejects.toMatchObject({
    message: 'scan ingestion failed: PAYLOAD_TOO_LARGE: Scan payload is too large.',
    code: 'PAYLOAD_TOO_LARGE',
    exitCode: 2,
    details: ['It has 8388609 bytes, and 8388608 are taken: nothing has been sent.'],
  });
});

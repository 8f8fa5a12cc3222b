import * as z from 'zod';
import { send } from '../api.ts';
import { EXIT, Failure } from '../failure.ts';
import { LIMIT, type ScanPayload } from './contract.ts';

const ScanResult = z.object({
  id: z.string(),
  resultUrl: z.string().optional(),
  endpointCount: z.number().optional(),
  findingCount: z.number().optional(),
});

export type Ingested = {
  readonly id: string;
  readonly resultUrl: string;
  readonly endpointCount: number;
  readonly findingCount: number;
};

/** Sends a scan. @throws {Failure} whatever the server has refused it for, or would, in the words of the contract */
export async function ingest(apiUrl: string, apiKey: string, payload: ScanPayload): Promise<Ingested> {
  refuseTooLarge(payload);
  let response: Response;
  try {
    const url = new URL('/api/scans/ingest', apiUrl);
    response = await send(url, 'POST', { body: payload, headers: { authorization: `Bearer ${apiKey}` } });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { exitCode, code, requestId, status, details, message } = error;
    const said = status === null ? message : `${code}: ${message}`;
    const hints = details.map((each) => each.replace('--api-base, or sign in again', '--api-url or REQFLO_API_URL'));
    throw new Failure(`scan ingestion failed: ${said}`, { exitCode, code, requestId, status, details: hints });
  }
  const result = ScanResult.safeParse(await response.json().catch(() => null));
  if (!result.success)
    throw new Failure('scan ingestion failed: the answer of the server names no scan run.', {
      exitCode: EXIT.api,
      code: 'BAD_ANSWER',
      status: response.status,
    });
  const { id, resultUrl, endpointCount, findingCount } = result.data;
  return {
    id,
    resultUrl: resultUrl ?? new URL(`/scan-runs/${encodeURIComponent(id)}`, apiUrl).href,
    endpointCount: endpointCount ?? payload.endpoints.length,
    findingCount: findingCount ?? payload.findings.length,
  };
}

/** A server that hangs up on what is too large is not always heard saying why. */
function refuseTooLarge(payload: ScanPayload): void {
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes <= LIMIT.payloadBytes) return;
  throw new Failure('scan ingestion failed: PAYLOAD_TOO_LARGE: Scan payload is too large.', {
    exitCode: EXIT.api,
    code: 'PAYLOAD_TOO_LARGE',
    details: [`It has ${bytes} bytes, and ${LIMIT.payloadBytes} are taken: nothing has been sent.`],
  });
}

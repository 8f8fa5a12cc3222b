import * as z from 'zod';
import { send } from '../api.ts';
import { EXIT, Failure } from '../failure.ts';
import type { ScanPayload } from './contract.ts';

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

/** Sends a scan. @throws {Failure} whatever the server has refused it for, in the words of the contract */
export async function ingest(apiUrl: string, apiKey: string, payload: ScanPayload): Promise<Ingested> {
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

import { accessSync, constants, createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type VerifyOptions, verifyAuditLog } from '@reqbase/auth/audit-verify';
import type { Command } from 'commander';
import * as z from 'zod';
import { send } from '../api.ts';
import { contextOf } from '../context.ts';
import { EXIT, Failure, usage } from '../failure.ts';

type PublicKeys = VerifyOptions['publicKeys'];

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('the audit log of your organization');
  audit
    .command('export')
    .description('write the whole log as JSON Lines, the signed checkpoint last')
    .option('-o, --output <file>', 'into a file instead of the standard output')
    .addHelpText('after', '\nExample:\n  $ reqbase audit export -o audit.jsonl && reqbase audit verify audit.jsonl')
    .action(async ({ output: file }: { output?: string }, command: Command) => {
      const { api, organization, output } = contextOf(command);
      const body = await api().stream(`/orgs/${await organization()}/audit-log/export`);
      const from = Readable.fromWeb(body as never);
      if (file === undefined) await pipeline(from, process.stdout, { end: false });
      else await pipeline(from, createWriteStream(file, { mode: 0o600 }));
      if (file !== undefined) output.say(`Written to ${file}.`);
    });
  audit
    .command('verify <file>')
    .description('say whether an export is as it was written, and name the first entry that is not')
    .option('--keys <file>', 'the public keys, kept from before; asked of the server unless given')
    .option('--checkpoint <file>', 'a checkpoint or an export kept from before: the log must not be shorter, nor another')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reqbase audit verify audit.jsonl\n  $ reqbase audit verify audit.jsonl --keys reqbase-audit-keys.json\n  $ reqbase audit verify audit.jsonl --checkpoint audit-of-last-month.jsonl',
    )
    .action(async (file: string, { keys, checkpoint: kept }: { keys?: string; checkpoint?: string }, command: Command) => {
      const { apiBase, output } = contextOf(command);
      const publicKeys =
        keys === undefined ? await keysOfServer(apiBase) : keysIn(reading(keys, () => readFileSync(keys, 'utf8')));
      reading(file, () => accessSync(file, constants.R_OK));
      const checkpoints = kept === undefined ? [] : [checkpointIn(reading(kept, () => readFileSync(kept, 'utf8')))];
      const result = await verifyAuditLog(createReadStream(file), { publicKeys, checkpoints });
      if (!result.isIntact)
        throw new Failure(`The log is not intact: ${result.message}`, {
          exitCode: EXIT.api,
          code: 'AUDIT_LOG_NOT_INTACT',
          details: [`First bad entry: ${result.seq} (${result.reason}).`],
          facts: { seq: result.seq, reason: result.reason },
        });
      const { entries, checkpoint } = result;
      output.one(
        { is_intact: true, entries, seq: checkpoint.seq, hash: checkpoint.hash, signed_at: checkpoint.at },
        () => `Intact: ${entries} entries, signed at ${checkpoint.at}.`,
      );
    });
}

async function keysOfServer(apiBase: string): Promise<PublicKeys> {
  return keysIn(await (await send(new URL('/.well-known/reqbase-audit-keys', apiBase), 'GET', {})).text());
}

type Checkpoint = NonNullable<VerifyOptions['checkpoints']>[number];

const text = z.string();
const Signed = z.object({ seq: z.int(), hash: text, at: text, signature: text });
const OfExport = z.object({ checkpoint: Signed.extend({ orgId: text, keyId: text }) });
const OfEndpoint = z.object({ data: Signed.extend({ org_id: text, key_id: text }) });

/** The checkpoint that an export ends with, or the endpoint's. @throws {Failure} for a file that holds none */
function checkpointIn(content: string): Checkpoint {
  const asJson = (json: string): unknown => {
    try {
      return JSON.parse(json);
    } catch {
      return undefined;
    }
  };
  const exported = OfExport.safeParse(asJson(content.trimEnd().split('\n').at(-1) ?? ''));
  if (exported.success) return exported.data.checkpoint;
  const answered = OfEndpoint.safeParse(asJson(content));
  if (answered.success) {
    const { org_id: orgId, key_id: keyId, ...signed } = answered.data.data;
    return { ...signed, orgId, keyId };
  }
  throw usage('The file has no checkpoint.', 'Give an export, or what GET …/audit-log/checkpoint answers.');
}

/** @throws {Failure} for what is no JSON Web Key Set */
function keysIn(text: string): PublicKeys {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    if (Array.isArray(keys)) return keys as PublicKeys;
  } catch {
    // Said below.
  }
  throw usage('The public keys are no JSON Web Key Set.');
}

/** @throws {Failure} for a file that cannot be read */
function reading<Read>(file: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    throw usage(`${file} cannot be read.`, error instanceof Error ? error.message : String(error));
  }
}

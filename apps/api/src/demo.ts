import { randomBytes } from 'node:crypto';
import { displayPrefix, formatKey, generateKey, hashSecret } from '@reqbase/auth';
import { newSecret, type Services, sealedSecret } from '@reqbase/core';
import { DEMO_OWNER_EMAIL, type DemoKey, insertDemo } from '@reqbase/db';
import { insertDemoLog } from './demo-audit.ts';
import { insertDemoCatalogue } from './demo-catalogue.ts';
import type { Sessions } from './sessions.ts';

export type LoadedDemo = { readonly email: string; readonly password: string; readonly apiKey: string };

/** Loads the demo into an empty database and returns its secrets, which are kept nowhere; null when there was data. */
export async function loadDemo(
  { access, secrets, clock, newId }: Services,
  sessions: Sessions,
  chosenPassword: string | null,
): Promise<LoadedDemo | null> {
  if ((await access.db.prisma.organization.count()) > 0) return null;
  const [pepper] = secrets.peppers;
  const make = (): { text: string; columns: DemoKey } => {
    const key = generateKey('riq');
    const secretHash = new Uint8Array(hashSecret(pepper, key.secret));
    return {
      text: formatKey(key),
      columns: { publicId: key.keyId, prefix: displayPrefix(key), secretHash, pepperId: pepper.id },
    };
  };
  const password = chosenPassword ?? randomBytes(12).toString('base64url');
  const shown = make();
  const isLoaded = await insertDemo(access.db, {
    newId,
    now: clock(),
    passwordHash: await sessions.hashPassword(password),
    newKey: () => make().columns,
    shownKey: shown.columns,
    async more(tx) {
      await insertDemoCatalogue(tx, { clock, newId });
      await insertDemoLog(tx, { clock, newId });
    },
    sealedWebhookSecret: (webhookId) => sealedSecret(secrets, webhookId, newSecret()),
  });
  return isLoaded ? { email: DEMO_OWNER_EMAIL, password, apiKey: shown.text } : null;
}

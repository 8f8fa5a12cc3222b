// `npm run owner -- --email you@example.com --organization Acme --project Shop`: the first person of an installation
// without the demo, or one more organization of a person who is there. Prints a generated password for a new person.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createServices, type Services, slugOf } from '@reqbase/core';
import { migrate, openDatabase } from '@reqbase/db';
import { pino } from 'pino';
import * as z from 'zod';
import { EnvError, readEnv } from './env.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { explainFailure } from './start-failure.ts';

const Options = z.object({
  email: z.email().transform((email) => email.toLowerCase()),
  name: z.string().min(1).max(100).optional(),
  organization: z.string().min(1).max(100),
  project: z.string().min(1).max(100),
});
type Options = z.infer<typeof Options>;

const USAGE = 'npm run owner -- --email you@example.com --organization "Acme Ltd" --project "Shop" [--name "Ada"]';

function readOptions(): Options {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { email: text, name: text, organization: text, project: text } });
    const parsed = Options.safeParse(values);
    if (parsed.success) return parsed.data;
    throw new EnvError([...parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`), USAGE]);
  } catch (error) {
    if (error instanceof EnvError) throw error;
    throw new EnvError([error instanceof Error ? error.message : String(error), USAGE]);
  }
}

/** Makes the person (unless known by the e-mail), the organization and its first project, and makes them its owner. */
async function createOwner(
  { access, newId }: Services,
  sessions: Sessions,
  { email, name, organization, project }: Options,
): Promise<string | null> {
  const password = randomBytes(12).toString('base64url');
  const passwordHash = await sessions.hashPassword(password);
  return access.db.prisma.$transaction(async (tx) => {
    const known = await tx.user.findUnique({ where: { email }, select: { id: true } });
    const userId = known?.id ?? newId();
    if (known === null) {
      await tx.user.create({ data: { id: userId, email, name: name ?? email.replace(/@.*/, ''), emailVerified: true } });
      await tx.account.create({
        data: { id: newId(), accountId: userId, providerId: 'credential', userId, password: passwordHash },
      });
    }
    const orgId = newId();
    const projectId = newId();
    await tx.organization.create({ data: { id: orgId, name: organization, slug: requireSlug(organization) } });
    await tx.organizationMember.create({ data: { orgId, userId, role: 'owner' } });
    await tx.project.create({ data: { id: projectId, orgId, name: project, slug: requireSlug(project) } });
    await tx.projectMember.create({ data: { projectId, userId, role: 'owner' } });
    return known === null ? password : null;
  });
}

function requireSlug(name: string): string {
  const slug = slugOf(name);
  if (slug === '') throw new EnvError([`"${name}" has no letter or digit to make an address of`]);
  return slug;
}

function explainConflict(error: unknown): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'P2002';
  return isTaken ? 'reqbase: an organization or a project of that name is there already' : explainFailure(error);
}

async function main(): Promise<void> {
  const options = readOptions();
  const env = readEnv(process.env);
  const db = await openDatabase(env.database);
  try {
    await migrate(db);
    const services = createServices({ db, secret: env.secret, defaultPlan: env.defaultPlan });
    const password = await createOwner(services, createSessions(services, env.publicUrl, pino({ level: env.logLevel })), options);
    console.log(
      `${options.email} owns "${options.organization}" with the project "${options.project}" (${requireSlug(options.project)}).`,
    );
    if (password !== null) console.log(`Password: ${password}`);
  } finally {
    await db.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(explainConflict(error));
    process.exit(1);
  },
);

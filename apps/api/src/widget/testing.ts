import type { TestTenant } from '@reqbase/auth/testing';
import { newAnonymousId } from '@reqbase/core/testing';
import type { Prisma } from '@reqbase/db';
import { type Answer, send, type TestInstallation } from '../testing.ts';

export type Browser = {
  readonly id?: string | null;
  readonly token?: string;
  readonly origin?: string;
  readonly ip?: string;
  readonly headers?: Record<string, string>;
};
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | 'HEAD';

let browsers = 0;

/** A browser on a page with the widget; an anonymous one with an id and an address of its own, unless said otherwise. */
export function browse(
  installation: Pick<TestInstallation, 'app'>,
  project: string,
  {
    id = newAnonymousId(),
    token,
    origin = 'https://shop.example',
    ip = `10.0.${++browsers >> 8}.${browsers & 255}`,
    headers = {},
  }: Browser = {},
) {
  const call =
    (method: Method) =>
    (path: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer> =>
      send(installation, {
        method,
        url: `/w/${project}${path}`,
        remoteAddress: ip,
        headers: {
          ...(origin !== '' && { origin }),
          ...(id !== null && { 'x-reqbase-visitor': id }),
          ...(token !== undefined && { 'x-reqbase-identity': token }),
          ...headers,
          ...more,
        },
        ...(body !== undefined && { payload: body as object }),
      });
  return {
    id,
    ip,
    get: call('GET'),
    post: call('POST'),
    put: call('PUT'),
    delete: call('DELETE'),
    options: call('OPTIONS'),
    head: call('HEAD'),
  };
}

/** Sets columns of a project's configuration past the service. */
export async function configure(
  { db, clock }: Pick<TestInstallation, 'db' | 'clock'>,
  { project }: Pick<TestTenant, 'project'>,
  columns: Partial<Omit<Prisma.WidgetConfigUncheckedCreateInput, 'projectId'>>,
): Promise<void> {
  const updatedAt = clock.now();
  await db.prisma.widgetConfig.upsert({
    where: { projectId: project.id },
    create: { ...columns, projectId: project.id, updatedAt },
    update: { ...(columns as Prisma.WidgetConfigUncheckedUpdateInput), version: { increment: 1 }, updatedAt },
  });
}

/** The smallest PNG, with as many bytes behind it as asked for. */
export function png(bytes = 100): string {
  const image = Buffer.alloc(bytes);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(image);
  return image.toString('base64');
}

export const CATEGORY_SUBMISSIONS = {
  FEATURE: { category: 'FEATURE', title: 'Dark mode', text: 'For the night.' },
  ERROR: { category: 'ERROR', errorReport: { doing: 'Saving', expected: 'Saved', happened: 'Nothing at all' } },
  FEEDBACK: { category: 'FEEDBACK', rating: 4, text: 'Quite good' },
  OTHER: { category: 'OTHER', text: 'How do I export?' },
} as const;

import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import type { FeatureRef, Screenshot, ScreenshotType } from './schema.ts';
import { whereFeature } from './service.ts';

export const LARGEST_SCREENSHOT_BYTES = 2 * 1_048_576;

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const ANY = null;

/** How the files of each type begin: what they are called by their sender does not count. */
const BEGINNINGS: Readonly<Record<ScreenshotType, readonly (number | typeof ANY)[]>> = {
  'image/png': [0x89, ...ascii('PNG'), 0x0d, 0x0a, 0x1a, 0x0a],
  'image/jpeg': [0xff, 0xd8, 0xff],
  'image/webp': [...ascii('RIFF'), ANY, ANY, ANY, ANY, ...ascii('WEBP')],
};

/** The picture that came with a feature, in Base64. @throws {DomainError} FEATURE_NOT_FOUND; SCREENSHOT_NOT_FOUND when it has none */
export async function getScreenshot(ctx: ProjectContext, { id }: FeatureRef): Promise<Screenshot> {
  const feature = await ctx.access.db.prisma.feature.findFirst({
    where: whereFeature(ctx, id),
    select: { screenshot: { select: { bytes: true, mimeType: true } } },
  });
  if (feature === null) throw new DomainError('FEATURE_NOT_FOUND');
  if (feature.screenshot === null) throw new DomainError('SCREENSHOT_NOT_FOUND');
  const { bytes, mimeType } = feature.screenshot;
  return { image: Buffer.from(bytes).toString('base64'), mimeType: mimeType as ScreenshotType };
}

/**
 * Keeps the picture of a feature, in the transaction that makes it; another one takes its place.
 *
 * @throws {DomainError} PAYLOAD_TOO_LARGE above 2 MiB; BAD_REQUEST for what is no PNG, JPEG or WebP
 */
export async function saveScreenshot(tx: Transaction, featureId: string, bytes: Uint8Array): Promise<void> {
  if (bytes.length > LARGEST_SCREENSHOT_BYTES) throw new DomainError('PAYLOAD_TOO_LARGE');
  const mimeType = imageTypeOf(bytes);
  if (mimeType === null) {
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'screenshot', message: 'Give a PNG, JPEG or WebP image.' }] });
  }
  const { createdAt } = await tx.feature.update({
    where: { id: featureId },
    data: { hasScreenshot: true, version: { increment: 1 } },
    select: { createdAt: true },
  });
  await tx.featureScreenshot.deleteMany({ where: { featureId } });
  await tx.featureScreenshot.create({ data: { featureId, mimeType, bytes: new Uint8Array(bytes), createdAt } });
}

/** The type of an image by its first bytes; null for anything else. */
export function imageTypeOf(bytes: Uint8Array): ScreenshotType | null {
  for (const [type, beginning] of Object.entries(BEGINNINGS) as [ScreenshotType, (typeof BEGINNINGS)[ScreenshotType]][]) {
    if (bytes.length > beginning.length && beginning.every((byte, index) => byte === ANY || byte === bytes[index])) return type;
  }
  return null;
}

/** A picture to send along: what is sent, and a canvas that shows it (a blob URL would need the page's policy to allow it). */
export type Picture = { readonly base64: string; readonly canvas: HTMLCanvasElement };

const MAX_BYTES = 2 * 1_048_576 - 1_024;
const MAX_SIDE = 2_560;
const SMALLEST_SIDE = 480;
/** The sharpest first. A browser that cannot write one of them writes PNG, which is then measured. */
const FORMATS = [
  ['image/png', 1],
  ['image/webp', 0.9],
  ['image/webp', 0.75],
  ['image/jpeg', 0.8],
] as const;

/** Width and height so that neither is above `max`, in the same proportion, and none is 0. */
export function fitted(width: number, height: number, max: number): { width: number; height: number } {
  const share = Math.min(1, max / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) };
}

/**
 * Draws a picture anew, small enough to be sent. Drawn anew, it has lost what cameras write into their files: the place
 * and the time.
 *
 * @throws when the file is no picture
 */
export async function pictureOf(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file);
  try {
    return await drawn(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

async function drawn(source: CanvasImageSource, width: number, height: number): Promise<Picture> {
  for (let max = MAX_SIDE; max >= SMALLEST_SIDE; max = Math.round(max * 0.7)) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, fitted(width, height, max));
    canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
    for (const [type, quality] of FORMATS) {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
      if (blob !== null && blob.size <= MAX_BYTES) return { base64: base64Of(new Uint8Array(await blob.arrayBuffer())), canvas };
    }
  }
  throw new Error('too large');
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

export function canCapture(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/**
 * Asks the person which screen, window or tab to show, and takes one picture of it.
 *
 * @returns null when they would rather not
 */
export async function captureScreen(): Promise<Picture | null> {
  const stream = await navigator.mediaDevices
    .getDisplayMedia({
      video: true,
      audio: false,
      preferCurrentTab: true,
      selfBrowserSurface: 'include',
    } as DisplayMediaStreamOptions)
    .catch(() => null);
  if (stream === null) return null;
  try {
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    // The browser's own question goes away first.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return await drawn(video, video.videoWidth, video.videoHeight);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** The first picture among what is pasted or dropped. */
export function pictureIn(data: DataTransfer | null): File | null {
  return [...(data?.files ?? [])].find(({ type }) => type.startsWith('image/')) ?? null;
}

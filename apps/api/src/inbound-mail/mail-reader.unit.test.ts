import { describe, expect, it } from 'vitest';
import { mailReader } from './mail-reader.ts';

const mailOf = (text: string) => ({ bytes: new Uint8Array(Buffer.from(text)), addresses: ['hello@acme.example'] });
const html = (body: string) => mailOf(`Message-ID: <1@mail.example>\r\nContent-Type: text/html\r\n\r\n${body}`);
const HELLO = { identity: '<1@mail.example>', isAutomatic: false, text: 'Hello' };

describe('the reader of e-mails', () => {
  it('reads in a process of its own, one after another', async () => {
    const read = mailReader();
    const texts = ['Hello', 'Grüße 👍\u2028', ''];
    const contents = await Promise.all(texts.map((text) => read(html(`<p>${text}</p>`))));
    expect(contents).toEqual(texts.map((text) => ({ ...HELLO, text: text.trim() })));
  });

  it('gives up what takes too long, answers meanwhile, and reads the next', async () => {
    const read = mailReader({ timeoutMs: 3_000 });
    // The reader of HTML takes a quarter of a minute for it: its time grows with the square of the depth.
    const slow = '<b>'.repeat(349_000);
    const before = performance.now();
    let longestWait = 0;
    let last = before;
    const watch = setInterval(() => {
      longestWait = Math.max(longestWait, performance.now() - last);
      last = performance.now();
    }, 5);
    const [first, second] = await Promise.all([read(html(slow)), read(html('<p>Hello</p>'))]);
    clearInterval(watch);
    expect({ first, second }).toEqual({ first: 'unreadable', second: HELLO });
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(longestWait).toBeLessThan(1_000);
  });

  it('gives up what takes too much memory, and lives on', async () => {
    const read = mailReader({ heapMb: 40 });
    const [first, second] = await Promise.all([read(mailOf(`\r\n${'\r\n'.repeat(5_000_000)}`)), read(html('<p>Hello</p>'))]);
    expect({ first, second }).toEqual({ first: 'unreadable', second: HELLO });
  });

  it('reads an e-mail with ten megabytes attached', async () => {
    const attached = `--b\r\nContent-Disposition: attachment; filename="a.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'QUFB'.repeat(19)}\r\n`.repeat(125_000)}`;
    const mail = `Message-ID: <1@mail.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n${attached}--b--\r\n`;
    expect(await mailReader()(mailOf(mail))).toEqual({ ...HELLO, text: 'Hello\n\n[Attached, and not kept: a.zip]' });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answered, answerText } from './answer-text.ts';

const answered: Answered = {
  addresses: ['hello@acme.example', '@replies.example'],
  subject: 'Re: Ada replied: The export · Acme',
};
const cut = (text: string) => answerText(text, answered);
const own = 'It works now.\n\nThank you!';
const quoted = ['Ada replied: The export', '', 'Please try again.', '', '—', 'You get this because you have written to Acme.'];
const marked = quoted.map((line) => `> ${line}`.trimEnd()).join('\n');
const bare = quoted.join('\n');
const outlook = (from: string, sent: string, to: string, subject: string) =>
  `${from}: Acme <hello@acme.example>\n${sent}: Saturday, March 14, 2026 10:20 AM\n${to}: Grace <grace@mail.example>\n${subject}: Ada replied: The export · Acme`;

describe('what is quoted below an answer is cut off, as it comes from', () => {
  it.each([
    ['Gmail', `On Sat, Mar 14, 2026 at 10:20 AM Acme <hello@acme.example> wrote:\n\n${marked}`],
    [
      'Gmail, with a long name',
      `On Sat, Mar 14, 2026 at 10:20 AM Acme of the Whole Wide World\n<hello@acme.example> wrote:\n\n${marked}`,
    ],
    ['Gmail in German', `Am Sa., 14. März 2026 um 10:20 Uhr schrieb Acme <hello@acme.example>:\n\n${marked}`],
    ['Gmail in French', `Le sam. 14 mars 2026 à 10:20, Acme <hello@acme.example> a écrit :\n\n${marked}`],
    ['Gmail in Japanese', `2026年3月14日(土) 10:20 Acme <hello@acme.example>:\n\n${marked}`],
    ['Gmail in Chinese', `Acme <hello@acme.example> 于2026年3月14日周六 10:20写道：\n\n${marked}`],
    ['Thunderbird, which names no address', `On 3/14/26 10:20, Acme wrote:\n${marked}`],
    ['Thunderbird in Russian', `14.03.2026 10:20, Acme пишет:\n${marked}`],
    ['Apple Mail', `> On Mar 14, 2026, at 10:20, Acme <hello@acme.example> wrote:\n> \n${marked}`],
    ['Apple Mail, broken', `> Am 14.03.2026 um 10:20 schrieb Acme\n> <hello@acme.example>:\n> \n${marked}`],
    ['mutt, without a blank line', `On Sat, Mar 14, 2026 at 10:20:00AM +0100, Acme wrote:\n${marked}`],
    ['Outlook', `${outlook('From', 'Sent', 'To', 'Subject')}\n\n${bare}`],
    ['Outlook on the web', `________________________________\n${outlook('From', 'Sent', 'To', 'Subject')}\n\n${bare}`],
    ['Outlook in German', `-----Ursprüngliche Nachricht-----\n${outlook('Von', 'Gesendet', 'An', 'Betreff')}\n\n${bare}`],
    ['Outlook in French', `${outlook('De ', 'Envoyé ', 'À ', 'Objet ')}\n\n${bare}`],
    ['Outlook in Chinese', `${outlook('发件人', '发送时间', '收件人', '主题').replaceAll(': ', '： ')}\n\n${bare}`],
    [
      'Outlook, which names no address',
      `From: Acme\nSent: Saturday, March 14, 2026 10:20 AM\nTo: Grace\nSubject: Ada replied: The export · Acme\n\n${bare}`,
    ],
    [
      'Outlook, an answer to an answer',
      `From: Grace <grace@mail.example>\nSent: Saturday\nTo: Acme <reply-${'0a'.repeat(28)}@replies.example>\n\n${bare}`,
    ],
    ['Outlook for Mac, without marks', `On 3/14/26, 10:20 AM, "Acme" <hello@acme.example> wrote:\n\n    ${bare}`],
    [
      'a long thread',
      `On Sat, Mar 14, 2026 at 10:20 AM Acme <a@b.example> wrote:\n${marked}\n>\n> On Fri 13 Mar 2026 Grace wrote:\n>> a\n>>> b`,
    ],
  ])('%s', (_program, quotation) => {
    expect(cut(`${own}\n\n${quotation}`)).toBe(own);
    expect(cut(`${own}\n${quotation}\n\n`.replaceAll('\n', '\r\n'))).toBe(own);
    // And nothing else was said.
    expect(cut(quotation)).toBe('');
  });

  it('with a signature above it, below it, or both', () => {
    const quotation = `On 3/14/26 10:20, Acme wrote:\n${marked}`;
    for (const text of [
      `${own}\n\n-- \nGrace\nGrace Ltd\n\n${quotation}`,
      `${own}\n\nSent from my iPhone\n\n${quotation}`,
      `${own}\n\n${quotation}\n\n-- \nThis e-mail was checked.`,
      `${own}\n\n-- \nGrace\n\n${quotation}\n\nGet Outlook for Android<https://aka.ms/x>`,
    ])
      expect(cut(text)).toBe(own);
  });

  it('and what is quoted above it', () => {
    const attribution = 'On 3/14/26 10:20, Acme wrote:';
    expect(cut(`${attribution}\n${marked}\n\n${own}`)).toBe(own);
    expect(cut(`> ${attribution}\n>\n${marked}\n\n${own}\n\n-- \nGrace`)).toBe(own);
  });
});

describe('what may be the writer’s own words stays', () => {
  it.each([
    ['answers between the lines', 'On 3/14/26 10:20, Acme wrote:\n> One?\nYes.\n> Two?\nNo.'],
    ['a quotation that nobody is named for', 'This is what I get:\n> Error 7\n> in line 3'],
    ['a quotation before the answer that nobody is named for', '> Does it work?\nNo.'],
    ['what follows a line of dashes', 'The first.\n--\nStill.\n\n---\n\nThe second.\n=====\nThe third.\n____\nThe fourth.'],
    [
      'another’s e-mail',
      'I got this:\n\nFrom: Bob <bob@mail.example>\nSent: Saturday\nTo: Grace\nSubject: Your invoice\n\nPlease pay.',
    ],
    ['a list of facts', 'Browser: Firefox\nVersion: 145\nMail: grace@mail.example\nIt fails.'],
    ['our address', 'I wrote to hello@acme.example at 10:20 and got no answer:\nnothing at all.'],
    ['a greeting', 'It works.\n\nBest regards,\nGrace'],
    ['a name after a short line of dashes that is far from the end', `One\n-- \n${'more\n'.repeat(20)}end`],
    ['nothing but a signature', '-- \nGrace'],
    ['a sentence about a telephone', 'I have it here.\nSent from my iPhone it fails.'],
    ['colons', 'At 10:20 it says:\n\nError:\nno file'],
  ])('%s', (_what, text) => {
    expect(cut(text)).toBe(text);
  });

  it('whatever it is, where no line is quoted, a header or a signature', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[>:：\r\n-]/.test(text));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const expected = lines
          .map((each) => each.trimEnd())
          .join('\n')
          .trim();
        fc.pre(!/(?:^|\n)\s*\n(?:sent|get|gesendet|von|envoyé|enviado|inviato|ver|skickat|sendt|wysłane)/i.test(expected));
        expect(cut(lines.join('\n'))).toBe(expected);
      }),
    );
  });
});

describe('a text that is made to be slow', () => {
  const MEBIBYTE = 1_048_576;
  it.each([
    ['line breaks', '\n'],
    ['carriage returns', '\r'],
    ['blanks', ' '],
    ['quotation marks', '>'],
    ['quoted lines', '> 10:20:\n'],
    ['headers', 'From: a\n'],
    ['headers of ours', 'a: hello@acme.example\n'],
    ['attributions', 'On 3/14/26 10:20 a wrote:\n'],
    ['attributions without an end', 'On 3/14/26 10:20'],
    ['signatures', '-- \n'],
    ['devices', '\nSent from my iPhone\n'],
    ['letters', 'a'],
    ['digits', '10.'],
    ['dashes', '-'],
    ['colons', ':'],
  ])('takes a moment: %s', (_what, part) => {
    const before = performance.now();
    cut(part.repeat(Math.ceil(MEBIBYTE / part.length)));
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

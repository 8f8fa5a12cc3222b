const THANKS = [250, '2.6.0 It has arrived.'] as const;

/**
 * What becomes of an e-mail, with what its sender is told: a code (RFC 5321 §4.2), an enhanced one (RFC 3463) and words that
 * they are shown, always the same. Of 4xx the sender's server tries again, as of nothing else.
 */
export const REPLIES = {
  stored: THANKS,
  /** It had come before. */
  repeated: THANKS,
  /** A program sent it: it is dropped. To refuse it would make another e-mail of it. */
  automatic: THANKS,
  unknown_address: [550, '5.1.1 There is no such address.'],
  too_large: [552, '5.3.4 The e-mail is larger than 10 MB. Nothing of it was kept: send it again without what is attached.'],
  too_long: [552, '5.2.3 The text is longer than 20,000 characters. Nothing of it was kept: send it again in several e-mails.'],
  empty: [554, '5.6.0 The e-mail has no text of its own. What is attached is not kept: write something.'],
  unreadable: [554, '5.6.0 The e-mail could not be read. Nothing of it was kept: send it again as plain text.'],
  limited: [451, '4.7.1 Too many e-mails to this address at the moment. Try again later.'],
  interrupted: [451, '4.4.2 The e-mail did not arrive whole. Try again later.'],
  failed: [451, '4.3.0 Not possible at the moment. Try again later.'],
} as const satisfies Readonly<Record<string, readonly [code: number, text: string]>>;
export type MailOutcome = keyof typeof REPLIES;

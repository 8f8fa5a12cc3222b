import { buffer } from 'node:stream/consumers';
import { readMail } from './read-mail.ts';

// Reads one e-mail from its standard input, in a process of its own. See mail-reader.ts.

const bytes = new Uint8Array(await buffer(process.stdin));
process.stdout.write(JSON.stringify(await readMail({ bytes, addresses: process.argv.slice(2) })));

#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, Failure, usage } from './failure.ts';
import { tellFailure } from './output.ts';
import { createProgram } from './program.ts';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = end(error);
}

/** Says how it ended. Help and the version have been printed and are no failure. */
function end(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const failure = error instanceof Failure ? error : error instanceof CommanderError ? wrongCall(error) : unforeseen(error);
  tellFailure(failure, process.argv.includes('--json') || !process.stdout.isTTY ? 'json' : 'text');
  return failure.exitCode;
}

function wrongCall({ message, code }: CommanderError): Failure {
  const text = message.replace(/^error: /, '');
  // Of a command group without its command, help has been printed.
  return code === 'commander.help' ? usage('Choose a command.') : usage(text, 'See `reqbase --help`.');
}

function unforeseen(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(message, { exitCode: EXIT.api, code: 'UNFORESEEN' });
}

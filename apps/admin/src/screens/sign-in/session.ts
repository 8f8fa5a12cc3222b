export type SignIn = { readonly email: string; readonly password: string };

const DEFAULT_WAIT_SECONDS = 60;

/** Opens a session. @throws {Error} with a sentence for the person */
export async function signIn(credentials: SignIn): Promise<void> {
  const response = await post('/api/auth/sign-in/email', credentials);
  if (response.ok) return;
  if (response.status === 429) {
    const seconds = Number(response.headers.get('x-retry-after')) || DEFAULT_WAIT_SECONDS;
    throw new Error(`Too many attempts. Try again in ${seconds} seconds.`);
  }
  if (response.status < 500) throw new Error('E-mail or password is wrong.');
  throw new Error('Something went wrong on our side. Try again.');
}

/** Ends the session. @throws {Error} with a sentence for the person */
export async function signOut(): Promise<void> {
  const response = await post('/api/auth/sign-out', {});
  if (!response.ok) throw new Error('Signing out failed. Try again.');
}

async function post(path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  } catch (cause) {
    throw new Error('The server cannot be reached.', { cause });
  }
}

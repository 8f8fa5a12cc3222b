import { describe, expect, it } from 'vitest';
import type { Config } from './contract.ts';
import { newDraft } from './store.ts';
import { asksForEmail, faultsOf, submissionOf } from './submission.ts';
import { configOf } from './testing.ts';

const draft = (changes = {}) => ({ ...newDraft(), ...changes });
const about = { diagnostics: null, pageUrl: null, hasEmail: false };
const asks = (collectEmail: Config['collectEmail'], hasEmail = false) => ({ collectEmail, hasEmail });

describe('a draft', () => {
  it('lacks what its category cannot do without', () => {
    expect(faultsOf('FEATURE', draft({ title: '  ' }), asks('optional'))).toEqual({ title: 'missing' });
    expect(faultsOf('OTHER', draft(), asks('optional'))).toEqual({ text: 'missing' });
    expect(faultsOf('FEEDBACK', draft({ text: 'x' }), asks('optional'))).toEqual({ rating: 'missingRating' });
    expect(faultsOf('FEATURE', draft({ title: 'x' }), asks('optional'))).toEqual({});
  });

  it('of a problem is looked at step by step', () => {
    expect(faultsOf('ERROR', draft({ step: 1 }), asks('required'))).toEqual({ doing: 'missing' });
    expect(faultsOf('ERROR', draft({ step: 2, doing: 'x' }), asks('required'))).toEqual({ expected: 'missing' });
    expect(faultsOf('ERROR', draft({ step: 3, doing: 'x', expected: 'y', happened: 'z' }), asks('required'))).toEqual({
      email: 'missing',
    });
  });

  it('has an address only where one is asked for, and one that looks like it', () => {
    const ready = { title: 'x' };
    expect(faultsOf('FEATURE', draft({ ...ready, email: 'nobody' }), asks('optional'))).toEqual({ email: 'wrongEmail' });
    expect(faultsOf('FEATURE', draft(ready), asks('required'))).toEqual({ email: 'missing' });
    expect(faultsOf('FEATURE', draft(ready), asks('required', true))).toEqual({});
    expect(faultsOf('FEATURE', draft({ ...ready, email: 'nobody' }), asks('never'))).toEqual({});
  });

  it('is asked for an address wherever the page has not said one, also of who has to sign in', () => {
    expect([asksForEmail(asks('required')), asksForEmail(asks('required', true))]).toEqual([true, false]);
    const signedIn = configOf({ collectEmail: 'required', identityRequired: true });
    const full = draft({ title: 'T', email: 'a@b.example' });
    expect(submissionOf('FEATURE', full, signedIn, about)).toMatchObject({ email: 'a@b.example' });
    expect(submissionOf('FEATURE', full, signedIn, { ...about, hasEmail: true })).not.toHaveProperty('email');
  });
});

describe('what is sent', () => {
  it('is what the category has, trimmed, and nothing that is empty', () => {
    const full = draft({
      title: ' T ',
      text: ' x ',
      doing: 'a',
      expected: 'b',
      happened: 'c',
      rating: 4,
      email: ' a@b.example ',
    });
    expect(submissionOf('FEATURE', full, configOf(), about)).toEqual({
      category: 'FEATURE',
      title: 'T',
      text: 'x',
      email: 'a@b.example',
    });
    expect(submissionOf('ERROR', full, configOf(), about)).toEqual({
      category: 'ERROR',
      errorReport: { doing: 'a', expected: 'b', happened: 'c' },
      email: 'a@b.example',
    });
    expect(submissionOf('FEEDBACK', draft({ rating: 2 }), configOf(), about)).toEqual({ category: 'FEEDBACK', rating: 2 });
  });

  it('has no picture, address or diagnostics that the configuration does not want, or the person does not', () => {
    const diagnostics = { errors: [], network: [], online: true };
    const page = { ...about, diagnostics, pageUrl: 'https://shop.example/cart?secret=1#x' };
    const full = draft({ text: 'x', email: 'a@b.example', picture: { base64: 'AA==', canvas: {} } });
    expect(submissionOf('OTHER', full, configOf(), page)).toEqual({
      category: 'OTHER',
      text: 'x',
      email: 'a@b.example',
      screenshot: 'AA==',
      diagnostics,
      pageUrl: 'https://shop.example/cart',
    });
    const off = configOf({ screenshotEnabled: false, diagnosticsEnabled: false, collectEmail: 'never' });
    expect(submissionOf('OTHER', full, off, { ...page, pageUrl: 'file:///home/ann/x.html' })).toEqual({
      category: 'OTHER',
      text: 'x',
    });
    expect(submissionOf('OTHER', draft({ text: 'x', withDiagnostics: false }), configOf(), { ...about, diagnostics })).toEqual({
      category: 'OTHER',
      text: 'x',
    });
  });
});

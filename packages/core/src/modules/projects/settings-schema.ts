import * as z from 'zod';
import { storable } from '../../schema-kit.ts';

/** The origin that a text names, as browsers write it; null for anything else than exactly one of http or https. */
export function originOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin, href } = new URL(text);
  const isExact = (protocol === 'http:' || protocol === 'https:') && href === `${origin}/` && !origin.includes('*');
  return isExact ? origin : null;
}

const Origin = z
  .string()
  .max(300)
  .check(storable)
  .overwrite((text) => originOf(text) ?? text)
  .refine((text) => originOf(text) === text, 'Must be an origin such as https://app.example.com, without path or wildcard.');

export const AllowedOrigins = z
  .array(Origin)
  .max(20)
  .overwrite((origins) => [...new Set(origins)])
  .meta({ description: 'Origins whose pages may load the widget; none: any page', examples: [['https://app.example.com']] });

/** The name of a time zone in its usual spelling; null for what is none of the IANA's. */
function timezoneOf(text: string): string | null {
  // An offset such as +01:00 is known to browsers too, but no zone.
  if (!/^[A-Za-z]/.test(text)) return null;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions();
    // Of several names for a zone, the given one stays.
    return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
  } catch {
    return null;
  }
}

export const Timezone = z
  .string()
  .max(60)
  .check(storable)
  .overwrite((text) => timezoneOf(text) ?? text)
  .refine((text) => timezoneOf(text) !== null, 'Must be a time zone of the IANA, such as Europe/Berlin.')
  .meta({ examples: ['Europe/Berlin'] });

/** The host name that a text is, as browsers write it; null for anything else. */
function hostnameOf(text: string): string | null {
  const url = `https://${text}`;
  if (text.includes('*') || !URL.canParse(url)) return null;
  const { hostname, href } = new URL(url);
  return href === `https://${hostname}/` ? hostname : null;
}

export const Domain = z
  .string()
  .max(253)
  .check(storable)
  .overwrite((text) => hostnameOf(text) ?? text)
  .refine((text) => hostnameOf(text) === text, 'Must be a host name, such as example.com.')
  .meta({ examples: ['example.com'] });

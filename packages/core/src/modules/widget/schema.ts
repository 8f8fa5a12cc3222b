import * as z from 'zod';
import { Id, MAX_INT, ProjectRef, storable, Timestamp } from '../../schema-kit.ts';
import { FeatureCategory } from '../backlog/schema.ts';
import { AllowedOrigins, Timezone } from '../projects/settings-schema.ts';
import { faultOfCss } from './custom-css.ts';

export const WidgetPosition = z.enum(['bottom-right', 'bottom-left']);
export const WidgetTheme = z.enum(['light', 'dark', 'auto']);
export const LauncherIcon = z.enum(['chat', 'mail', 'help', 'bulb']);
export const CollectEmail = z.enum(['never', 'optional', 'required']);

const Color = z
  .string()
  .max(7)
  .regex(/^#[0-9a-fA-F]{6}$/, 'Give #RRGGBB.')
  .meta({ examples: ['#4F46E5'] });

const Locale = z
  .string()
  .max(35)
  .check(storable)
  .overwrite((text) => canonicalLocale(text) ?? text)
  .refine((text) => canonicalLocale(text) === text, 'Must be a language tag, such as en or pt-BR.')
  .meta({ description: 'BCP 47', examples: ['en'] });

function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

const TimeOfDay = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'Give HH:MM.');
const Weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

export const OperatingHours = z
  .object({
    timezone: Timezone,
    days: z
      .array(
        z
          .object({ day: Weekday, from: TimeOfDay, to: TimeOfDay })
          .refine(({ from, to }) => from < to, { path: ['to'], message: 'Must lie after from.' }),
      )
      .max(21),
  })
  .meta({ description: 'When somebody is there to answer' });
export type OperatingHours = z.infer<typeof OperatingHours>;

const MAX_CSS_BYTES = 10_000;
const CustomCss = z
  .string()
  .max(MAX_CSS_BYTES)
  .check(storable)
  .check(({ value, issues }) => {
    const fault = new TextEncoder().encode(value).length > MAX_CSS_BYTES ? 'Give at most 10 kB.' : faultOfCss(value);
    if (fault !== null) issues.push({ code: 'custom', message: fault, input: value });
  });

const configFields = {
  enabled: z.boolean(),
  position: WidgetPosition,
  color: Color,
  theme: WidgetTheme,
  locale: Locale,
  welcomeMessage: z.string().trim().max(280).check(storable),
  showBranding: z.boolean().meta({ description: 'False needs the plan Pro' }),
  launcherLabel: z.string().trim().max(24).check(storable),
  launcherIcon: LauncherIcon,
  categoriesEnabled: z
    .array(FeatureCategory)
    .max(4)
    .overwrite((categories) => FeatureCategory.options.filter((category) => categories.includes(category))),
  chatEnabled: z.boolean(),
  commentsEnabled: z.boolean().meta({ description: 'Needs the plan Pro' }),
  announcementsEnabled: z.boolean(),
  screenshotEnabled: z.boolean(),
  diagnosticsEnabled: z.boolean(),
  collectEmail: CollectEmail,
  identityRequired: z.boolean().meta({ description: 'Secure mode: only with a valid identity token' }),
  allowedOrigins: AllowedOrigins,
  operatingHours: OperatingHours.nullable(),
  customCss: CustomCss.nullable().meta({ description: 'At most 10 kB; fetches nothing. Needs the plan Pro' }),
};

export const WidgetConfig = z
  .object({
    projectId: Id,
    ...configFields,
    version: z.int().meta({ description: 'Grows with every change; the ETag is made of it. 0: never changed' }),
    updatedAt: Timestamp,
  })
  .meta({
    id: 'WidgetConfig',
    description: 'As visitors meet it: what needs a plan that the organization does not have is off.',
    examples: [
      {
        projectId: '01a200a4-9700-7c0e-9f5e-0f2f6a1b2c3d',
        enabled: true,
        position: 'bottom-right' as const,
        color: '#4F46E5',
        theme: 'auto' as const,
        locale: 'en',
        welcomeMessage: 'How can we help?',
        showBranding: true,
        launcherLabel: 'Feedback',
        launcherIcon: 'chat' as const,
        categoriesEnabled: ['FEATURE' as const, 'ERROR' as const, 'FEEDBACK' as const, 'OTHER' as const],
        chatEnabled: true,
        commentsEnabled: false,
        announcementsEnabled: true,
        screenshotEnabled: true,
        diagnosticsEnabled: true,
        collectEmail: 'optional' as const,
        identityRequired: false,
        allowedOrigins: ['https://app.example.com'],
        operatingHours: { timezone: 'Europe/Berlin', days: [{ day: 'mon' as const, from: '09:00', to: '17:00' }] },
        customCss: null,
        version: 3,
        updatedAt: '2026-11-20T09:12:00.000Z',
      },
    ],
  });
export type WidgetConfig = z.infer<typeof WidgetConfig>;

export const GetWidget = z.object({ projectId: ProjectRef });

export const UpdateWidget = z.object({
  projectId: ProjectRef,
  ...z.object(configFields).partial().shape,
  ifVersion: z
    .int()
    .min(0)
    .max(MAX_INT)
    .optional()
    .meta({ description: 'Refused with PRECONDITION_FAILED when the configuration has moved on' }),
});
export type UpdateWidget = z.infer<typeof UpdateWidget>;

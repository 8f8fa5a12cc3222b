import { ColorInput, Group, Input, SegmentedControl, Select, SimpleGrid, Switch, Textarea, TextInput } from '@mantine/core';
import { widgetSchemas } from '@reqbase/core/contract';
import { IconBulb, IconHelp, IconMail, IconMessageCircle } from '@tabler/icons-react';
import { type Edit, flag, text } from './edit.ts';
import { aboutExtra, PlanLabel, Section } from './section.tsx';
import { FIELD_WORDS, languageOptions } from './widget-words.ts';

const POSITIONS = [
  { value: 'bottom-left', label: 'Bottom left' },
  { value: 'bottom-right', label: 'Bottom right' },
];
const THEMES = [
  { value: 'auto', label: 'Auto' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
const ICONS = [
  { value: 'chat', name: 'Speech bubble', Icon: IconMessageCircle },
  { value: 'mail', name: 'Letter', Icon: IconMail },
  { value: 'help', name: 'Question mark', Icon: IconHelp },
  { value: 'bulb', name: 'Light bulb', Icon: IconBulb },
].map(({ value, name, Icon }) => ({
  value,
  label: <Icon size={18} aria-label={name} style={{ display: 'block', margin: '0 auto' }} />,
}));
const SWATCHES = ['#0d6e68', '#4f46e5', '#1d4ed8', '#7c3aed', '#be185d', '#b91c1c', '#c2410c', '#15803d', '#334155', '#111827'];

/** How it looks, and what it says first. */
export function AppearanceSection({ edit }: { readonly edit: Edit }) {
  const { values, set, faults, isReadOnly, hasExtras } = edit;
  return (
    <Section id="appearance" title="Appearance">
      <Switch
        label="Show the widget"
        description="Off: pages that load it show nothing, and nothing can be sent."
        {...flag(edit, 'enabled')}
      />
      <Textarea
        label={FIELD_WORDS.welcomeMessage}
        description="The first line that visitors read."
        autosize
        minRows={1}
        maxRows={4}
        maxLength={280}
        {...text(edit, 'welcomeMessage')}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <ColorInput
          label={FIELD_WORDS.color}
          format="hex"
          fixOnBlur
          swatches={SWATCHES}
          swatchesPerRow={10}
          eyeDropperButtonProps={{ 'aria-label': 'Pick a colour from the screen' }}
          popoverProps={{ withinPortal: true }}
          value={values.color}
          onChange={(color) => set({ color })}
          error={faults.color}
          disabled={isReadOnly}
        />
        <Select
          label={FIELD_WORDS.locale}
          data={languageOptions(values.locale)}
          searchable
          nothingFoundMessage="No such language"
          allowDeselect={false}
          value={values.locale}
          onChange={(locale) => locale !== null && set({ locale })}
          error={faults.locale}
          disabled={isReadOnly}
        />
        <TextInput
          label={FIELD_WORDS.launcherLabel}
          placeholder="None: the icon alone"
          maxLength={24}
          {...text(edit, 'launcherLabel')}
        />
        <Choice
          label={FIELD_WORDS.launcherIcon}
          data={ICONS}
          value={values.launcherIcon}
          onChange={(icon) => set({ launcherIcon: widgetSchemas.LauncherIcon.parse(icon) })}
          disabled={isReadOnly}
        />
        <Choice
          label={FIELD_WORDS.position}
          data={POSITIONS}
          value={values.position}
          onChange={(position) => set({ position: widgetSchemas.WidgetPosition.parse(position) })}
          disabled={isReadOnly}
        />
        <Choice
          label={FIELD_WORDS.theme}
          data={THEMES}
          value={values.theme}
          onChange={(theme) => set({ theme: widgetSchemas.WidgetTheme.parse(theme) })}
          disabled={isReadOnly}
        />
      </SimpleGrid>
      <Switch
        label={<PlanLabel hasPlan={hasExtras}>Say “Powered by Reqbase”</PlanLabel>}
        description={hasExtras ? 'Small, at the bottom.' : aboutExtra(false, 'It can be taken away.')}
        {...flag(edit, 'showBranding')}
        disabled={isReadOnly || !hasExtras}
      />
      <Textarea
        label={<PlanLabel hasPlan={hasExtras}>{FIELD_WORDS.customCss}</PlanLabel>}
        description={aboutExtra(hasExtras, 'CSS for the inside of the widget. It loads nothing from elsewhere.')}
        placeholder=".launcher { border-radius: 8px }"
        autosize
        minRows={2}
        maxRows={14}
        maxLength={10_000}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 'var(--mantine-font-size-xs)' } }}
        value={values.customCss ?? ''}
        onChange={({ currentTarget: { value } }) => set({ customCss: value === '' ? null : value })}
        error={faults.customCss}
        disabled={isReadOnly || !hasExtras}
      />
    </Section>
  );
}

type ChoiceProps = Pick<React.ComponentProps<typeof SegmentedControl>, 'data' | 'value' | 'onChange' | 'disabled'> & {
  readonly label: string;
};

function Choice({ label, ...props }: ChoiceProps) {
  return (
    <Input.Wrapper label={label} labelElement="div">
      <Group>
        <SegmentedControl aria-label={label} fullWidth flex={1} {...props} />
      </Group>
    </Input.Wrapper>
  );
}

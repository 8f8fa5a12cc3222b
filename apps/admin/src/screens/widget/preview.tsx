import { Group, SegmentedControl, Skeleton, Text, Title, useComputedColorScheme } from '@mantine/core';
import type { visitorSchemas } from '@reqbase/core/contract';
import { useEffect, useRef, useState } from 'react';
import classes from './widget.module.css';
import type { WidgetValues } from './widget-values.ts';

/** The page that shows the real widget, in an origin of its own: see apps/api/src/widget-preview.ts. */
const FRAME = '/widget/preview';
const PAGES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
/** The preview sends nothing, and asks nobody who it is. */
const NOBODY = '00000000-0000-7000-8000-000000000000';

type PreviewProps = { readonly slug: string; readonly projectName: string; readonly values: WidgetValues };

/** The widget as it would be with what is in the form. */
export function Preview({ slug, projectName, values }: PreviewProps) {
  const ownScheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const [chosen, setChosen] = useState<string | null>(null);
  const scheme = (chosen ?? ownScheme) === 'dark' ? 'dark' : 'light';
  const { enabled, allowedOrigins: _origins, ...shown } = values;
  const config: visitorSchemas.VisitorConfig = {
    project: { id: NOBODY, slug, name: projectName },
    ...shown,
    theme: shown.theme === 'auto' ? scheme : shown.theme,
  };
  return (
    <section className={classes.preview ?? ''} aria-labelledby="preview">
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Title order={2} id="preview">
            Preview
          </Title>
          <Text size="xs" c="dimmed">
            {enabled ? 'The real widget. Nothing is sent.' : 'Switched off: visitors see nothing of it.'}
          </Text>
        </div>
        <SegmentedControl size="xs" aria-label="Page" data={PAGES} value={scheme} onChange={setChosen} />
      </Group>
      <Frame config={config} scheme={scheme} />
    </section>
  );
}

type FrameState = { readonly state: 'loading' | 'ready' | 'missing' };
type FrameProps = { readonly config: visitorSchemas.VisitorConfig; readonly scheme: 'light' | 'dark' };

function Frame({ config, scheme }: FrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  // Another object each time: a frame that was loaded again is told again.
  const [known, setKnown] = useState<FrameState>({ state: 'loading' });
  const message = JSON.stringify({ kind: 'reqbase-preview', config, scheme });
  // The frame is another page, outside of what React knows.
  useEffect(() => {
    const hear = ({ source, data }: MessageEvent<{ kind?: string } | null>) => {
      if (source === null || source !== frame.current?.contentWindow) return;
      if (data?.kind === 'reqbase-preview-ready') setKnown({ state: 'ready' });
      if (data?.kind === 'reqbase-preview-missing') setKnown({ state: 'missing' });
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  useEffect(() => {
    // Its origin is nobody's, so it cannot be named; what it is told is no secret.
    if (known.state === 'ready') frame.current?.contentWindow?.postMessage(JSON.parse(message), '*');
  }, [known, message]);
  return (
    <div className={classes.frame ?? ''}>
      <iframe
        ref={frame}
        src={FRAME}
        title="Preview of the widget"
        sandbox="allow-scripts allow-forms"
        // Loaded, and not a word from it: it is not our page that was loaded.
        onLoad={() => setKnown((before) => (before.state === 'loading' ? { state: 'missing' } : before))}
      />
      {known.state === 'loading' && <Skeleton className={classes.cover ?? ''} height="100%" aria-busy="true" />}
      {known.state === 'missing' && (
        <div className={classes.cover ?? ''}>
          <Text size="sm" c="dimmed" ta="center">
            The widget cannot be shown: its script has not been built on this server.
          </Text>
        </div>
      )}
    </div>
  );
}

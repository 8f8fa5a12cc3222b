import { Alert, Button, Skeleton } from '@mantine/core';
import { can, planIncludes } from '@reqbase/core/contract';
import { IconCode, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { useProject } from '../projects/use-project.ts';
import { Snippet } from './snippet.tsx';
import classes from './widget.module.css';
import { WidgetEditor } from './widget-editor.tsx';

/** From which on the widget has comments, a style sheet of its own and no name of ours. Source: widget slice, WIDGET_EXTRAS_PLAN. */
const EXTRAS_PLAN = 'pro';

export function WidgetScreen() {
  const { slug, name, role } = useProject();
  const isReadOnly = !can(role, 'manageWidget');
  return (
    <>
      <PageHeader
        title="Widget"
        tabTitle={`Widget · ${name}`}
        description="Where your users ask, report and read: on your own pages."
        actions={
          <Button component="a" href="#install" variant="default" leftSection={<IconCode size={16} />}>
            Put it on your pages
          </Button>
        }
      />
      {isReadOnly && (
        <Alert icon={<IconInfoCircle size={18} />} mb="lg">
          Your role sees the configuration; a developer changes it.
        </Alert>
      )}
      <Widget isReadOnly={isReadOnly} />
      <Snippet slug={slug} />
    </>
  );
}

function Widget({ isReadOnly }: { readonly isReadOnly: boolean }) {
  const { slug: projectId, name, plan } = useProject();
  const trpc = useTRPC();
  const widget = useQuery(trpc.widget.get.queryOptions({ projectId }));
  if (widget.isPending) return <WidgetSkeleton />;
  if (widget.isError) return <ErrorPanel error={widget.error} onRetry={widget.refetch} />;
  return (
    <WidgetEditor
      projectId={projectId}
      projectName={name}
      present={widget.data}
      isReadOnly={isReadOnly}
      hasExtras={planIncludes(plan, EXTRAS_PLAN)}
    />
  );
}

function WidgetSkeleton() {
  return (
    <div className={classes.columns} aria-busy="true">
      <Skeleton height={620} radius="md" />
      <Skeleton height={620} radius="md" visibleFrom="lg" />
    </div>
  );
}

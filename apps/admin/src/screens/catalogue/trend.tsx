import { BarChart, LineChart } from '@mantine/charts';
import { Group, Paper, SegmentedControl, Table, Text, Title } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { type ReactNode, useState } from 'react';
import { TextLink } from '../../ui/links.tsx';
import { formatCount, formatShort } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import classes from './catalogue.module.css';
import { SEVERITIES, SEVERITY_WORDS, scanName } from './catalogue-words.tsx';
import { severitySeries, trendPoints, trendSummary } from './trend-data.ts';

type TrendProps = { readonly runs: readonly catalogueSchemas.ScanRun[] };

/** Findings and endpoints from run to run: as charts, or as the numbers that these are drawn from. */
export function Trend({ runs }: TrendProps) {
  const [view, setView] = useState('charts');
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="trend">
      <Group justify="space-between" mb="md">
        <Title order={2} id="trend">
          Trend
        </Title>
        <SegmentedControl
          aria-label="Trend as"
          size="xs"
          data={[
            { value: 'charts', label: 'Charts' },
            { value: 'table', label: 'Table' },
          ]}
          value={view}
          onChange={setView}
        />
      </Group>
      {view === 'charts' ? <Charts runs={runs} /> : <Numbers runs={runs} />}
    </Paper>
  );
}

const AXES = {
  tickLine: 'none',
  xAxisProps: { interval: 'equidistantPreserveStart', minTickGap: 8 },
  yAxisProps: { tickFormatter: formatShort, width: 36, allowDecimals: false },
  accessibilityLayer: false,
  valueFormatter: formatCount,
} as const;

function Charts({ runs }: TrendProps) {
  const data = trendPoints(runs);
  const dayOf = (run: unknown) => `${String(run)} · ${data.find((point) => point.run === run)?.day ?? ''}`;
  const tooltip = { tooltipProps: { labelFormatter: dayOf } };
  return (
    <>
      <Chart title="Findings by severity" summary={trendSummary('Findings', runs, ({ findingCount }) => findingCount)}>
        <BarChart
          h={210}
          type="stacked"
          data={data}
          dataKey="run"
          series={severitySeries(runs)}
          withLegend
          // The gravest first, as everywhere; not by the alphabet.
          legendProps={{ itemSorter: null }}
          maxBarWidth={28}
          barProps={{ isAnimationActive: false }}
          {...AXES}
          {...tooltip}
        />
      </Chart>
      <Chart title="Endpoints" summary={trendSummary('Endpoints', runs, ({ endpointCount }) => endpointCount)}>
        <LineChart
          h={180}
          mt="xs"
          data={data}
          dataKey="run"
          series={[{ name: 'endpoints', label: 'Endpoints', color: 'pine.6' }]}
          curveType="linear"
          lineChartProps={{ margin: { top: 8, right: 16, left: 0 } }}
          lineProps={{ isAnimationActive: false }}
          {...AXES}
          {...tooltip}
        />
      </Chart>
    </>
  );
}

type ChartProps = { readonly title: string; readonly summary: string; readonly children: ReactNode };

function Chart({ title, summary, children }: ChartProps) {
  return (
    <>
      <Text size="xs" c="dimmed" mt="sm" mb={4}>
        {title}
      </Text>
      <div role="img" aria-label={summary}>
        {children}
      </div>
    </>
  );
}

function Numbers({ runs }: TrendProps) {
  const { slug } = useOrganization();
  return (
    <Table.ScrollContainer minWidth={560} type="native">
      <Table verticalSpacing={6} horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Scan</Table.Th>
            <Table.Th>When</Table.Th>
            {SEVERITIES.map((severity) => (
              <Table.Th key={severity} className={classes.number ?? ''}>
                {SEVERITY_WORDS[severity]}
              </Table.Th>
            ))}
            <Table.Th className={classes.number ?? ''}>Endpoints</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.toReversed().map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId: run.id }} size="sm">
                  {scanName(run.number)}
                </TextLink>
              </Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <TimeAgo at={run.createdAt} />
              </Table.Td>
              {SEVERITIES.map((severity) => (
                <Table.Td key={severity} className={classes.number ?? ''}>
                  {formatCount(run.findingsBySeverity[severity])}
                </Table.Td>
              ))}
              <Table.Td className={classes.number ?? ''}>{formatCount(run.endpointCount)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

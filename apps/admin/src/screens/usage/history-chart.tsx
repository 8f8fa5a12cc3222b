import { BarChart } from '@mantine/charts';
import { Paper, Title } from '@mantine/core';
import type { usageSchemas } from '@reqbase/core/contract';
import { formatCount, formatShort } from '../../ui/number-format.ts';
import { shortDay } from '../../ui/relative-time.ts';
import { toChart } from './chart-series.ts';

export function HistoryChart({ history }: { readonly history: usageSchemas.UsageHistory }) {
  const { series, data } = toChart(history);
  const total = history.days.reduce((sum, { calls }) => sum + calls, 0);
  const summary = `Calls a day in the last ${history.days.length} days by key, ${formatCount(total)} together. The table below has the sums.`;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="history">
      <Title order={2} id="history" mb="md">
        Last {history.days.length} days
      </Title>
      <div role="img" aria-label={summary}>
        <BarChart
          h={280}
          type="stacked"
          data={data}
          dataKey="day"
          series={series}
          withLegend
          accessibilityLayer={false}
          valueFormatter={formatCount}
          maxBarWidth={28}
          tickLine="none"
          xAxisProps={{ tickFormatter: shortDay, interval: 'equidistantPreserveStart', minTickGap: 16 }}
          yAxisProps={{ tickFormatter: formatShort, width: 44 }}
          tooltipProps={{ labelFormatter: (day) => (typeof day === 'string' ? shortDay(day) : '') }}
          barProps={{ isAnimationActive: false }}
        />
      </div>
    </Paper>
  );
}

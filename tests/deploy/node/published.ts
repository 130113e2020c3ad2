// The types that Grafana publishes, for dashboards that are JSON: enumerations by their values, panels by their kind.
import type * as schema from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Json<T> = unknown extends T
    ? T
    : T extends string
      ? `${T}`
      : T extends number | boolean | null | undefined
        ? T
        : T extends (infer Item)[]
          ? Json<Item>[]
          : { [Key in keyof T]: Json<T[Key]> };

// What an override may set: a field of the published settings, or of the panel's own.
type Property<Custom> =
    | { [Key in keyof schema.FieldConfig]-?: { id: Key; value: schema.FieldConfig[Key] } }[keyof schema.FieldConfig]
    | { [Key in keyof Custom & string]-?: { id: `custom.${Key}`; value: Custom[Key] } }[keyof Custom & string];

interface FieldConfig<Custom> {
    defaults: Omit<schema.FieldConfig, 'custom'> & { custom?: Custom };
    overrides: { matcher: schema.MatcherConfig; properties: Property<Custom>[] }[];
}

interface Query extends schema.DataQuery {
    datasource: schema.DataSourceRef;
    editorMode: 'code' | 'builder';
    expr: string;
    format: 'time_series' | 'table' | 'heatmap';
    instant: boolean;
    legendFormat: string;
    range: boolean;
}

type Known = Omit<schema.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'>;

interface Panel<Kind extends string, Options, Custom> extends Known {
    type: Kind;
    options: Options;
    fieldConfig: FieldConfig<Custom>;
    targets: Query[];
}

type Panels =
    | Panel<'timeseries', timeseries.Options, timeseries.FieldConfig>
    | Panel<'heatmap', heatmap.Options, heatmap.FieldConfig>
    | Panel<'state-timeline', timeline.Options, timeline.FieldConfig>
    | Panel<'table', table.Options, table.FieldConfig>
    // It has no settings of its own.
    | Panel<'stat', stat.Options, Record<string, never>>
    | schema.RowPanel;

export type Dashboard = Json<Omit<schema.Dashboard, 'panels'> & { panels: Panels[] }>;

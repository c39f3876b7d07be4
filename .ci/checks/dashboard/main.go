// Command dashboard prints Grafana's dashboard of Sluice as JSON. What it shows
// is in panels.go; a test holds charts/sluice/dashboards/sluice.json equal to
// what it prints.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

const runbooks = "https://github.com/sluice-stream/sluice/blob/main/docs/runbooks/"

func main() {
	d, err := build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func text(s string) *string { return &s }

// datasource is the one that is chosen at the top of the page.
var datasource = common.DataSourceRef{Type: text("prometheus"), Uid: text("${datasource}")}

func build() (dashboard.Dashboard, error) {
	choice := func(name, label, query string) *dashboard.QueryVariableBuilder {
		return dashboard.NewQueryVariableBuilder(name).Label(label).Datasource(datasource).
			Query(dashboard.StringOrMap{String: text(query)}).
			Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc).
			Multi(true).IncludeAll(true).AllValue(".*").
			Current(dashboard.VariableOption{
				Text:  dashboard.StringOrArrayOfString{String: text("All")},
				Value: dashboard.StringOrArrayOfString{String: text("$__all")},
			})
	}
	b := dashboard.NewDashboardBuilder("Sluice").
		Uid("sluice").
		Description("What Sluice does with members' records. Each panel that an alert looks at links to its runbook.").
		Tags([]string{"sluice", "kafka"}).
		Timezone("browser").Refresh("30s").Time("now-6h", "now").
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("data source").Type("prometheus")).
		WithVariable(choice("job", "job", "label_values(sluice_build_info, job)")).
		WithVariable(choice("topic", "topic", `label_values(sluice_lag_seconds{job=~"$job"}, topic)`)).
		Link(dashboard.NewDashboardLinkBuilder("Runbooks").Type(dashboard.DashboardLinkTypeLink).Url(runbooks + "README.md").TargetBlank(true))
	id := uint32(0)
	for _, r := range rows {
		id++
		b.WithRow(dashboard.NewRowBuilder(r.title).Id(id))
		for i := range r.panels {
			id++
			b.WithPanel(r.panels[i].build().Id(id))
		}
	}
	return b.Build()
}

func (p *panel) build() *timeseries.PanelBuilder {
	b := timeseries.NewPanelBuilder().
		Title(p.title).Description(p.description).Unit(p.unit).Datasource(datasource).
		Height(8).Span(8).Min(0).FillOpacity(8).
		Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom).ShowLegend(true)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	if p.wide {
		b.Span(12)
	}
	if p.limit != nil {
		b.Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps([]dashboard.Threshold{
			{Value: nil, Color: "transparent"}, {Value: p.limit, Color: "red"},
		})).ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeLine))
	}
	for i, q := range p.queries {
		b.WithTarget(prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).RefId(string(rune('A' + i))).Range().Datasource(datasource))
	}
	var links []cog.Builder[dashboard.DashboardLink]
	for _, alert := range p.alerts {
		links = append(links, dashboard.NewDashboardLinkBuilder(alert).Type(dashboard.DashboardLinkTypeLink).Url(runbooks+alert+".md").TargetBlank(true))
	}
	return b.Links(links)
}

package checks

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// dashboardJSON is what Grafana reads, as far as it is looked at here.
type dashboardJSON struct {
	UID        string `json:"uid"`
	Templating struct {
		List []struct {
			Name  string `json:"name"`
			Type  string `json:"type"`
			Query any    `json:"query"`
		} `json:"list"`
	} `json:"templating"`
	Panels []panelJSON `json:"panels"`
}

type panelJSON struct {
	ID          int         `json:"id"`
	Title       string      `json:"title"`
	Type        string      `json:"type"`
	Description string      `json:"description"`
	Panels      []panelJSON `json:"panels"`
	Datasource  *struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Links []struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"links"`
	Targets []struct {
		Expr       string `json:"expr"`
		Legend     string `json:"legendFormat"`
		Datasource struct {
			UID string `json:"uid"`
		} `json:"datasource"`
	} `json:"targets"`
}

func readDashboard(t *testing.T) (dashboardJSON, []byte) {
	t.Helper()
	content, err := os.ReadFile(chartFolder + "/dashboards/sluice.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboardJSON
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return d, content
}

// TestDashboardIsGenerated makes it again.
func TestDashboardIsGenerated(t *testing.T) {
	_, got := readDashboard(t)
	cmd := exec.Command("go", "run", "./dashboard")
	cmd.Stderr = os.Stderr
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("charts/sluice/dashboards/sluice.json is not what panels.go says: run `make dashboard`")
	}
}

// TestDashboard wants of every query that it parses and names metrics and labels
// that exist, of every panel a unit and a description, and for every alert a
// panel that links to its runbook.
func TestDashboard(t *testing.T) {
	d, content := readDashboard(t)
	if d.UID != "sluice" {
		t.Errorf("uid %q: links to the dashboard break", d.UID)
	}
	var variables []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	if want := []string{"datasource", "job", "topic"}; !slices.Equal(variables, want) {
		t.Errorf("variables %v, want %v", variables, want)
	}
	for _, v := range variables {
		if n := strings.Count(string(content), "$"+v) + strings.Count(string(content), "${"+v+"}"); n < 3 {
			t.Errorf("$%s is used %d times", v, n)
		}
	}
	known := families(t)
	shown := make(map[string]bool)
	ids := make(map[int]bool)
	queries := 0
	var walk func(all []panelJSON)
	walk = func(all []panelJSON) {
		for _, p := range all {
			if ids[p.ID] {
				t.Errorf("%s: id %d is another's too", p.Title, p.ID)
			}
			ids[p.ID] = true
			if p.Type == "row" {
				walk(p.Panels)
				continue
			}
			if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" {
				t.Errorf("panel %q: description %q, unit %q", p.Title, p.Description, p.FieldConfig.Defaults.Unit)
			}
			if p.Datasource == nil || p.Datasource.UID != "${datasource}" {
				t.Errorf("%s: its data source is fixed", p.Title)
			}
			for _, l := range p.Links {
				shown[l.Title] = true
				if l.URL != runbookBase+l.Title+".md" {
					t.Errorf("%s: link %s leads to %s", p.Title, l.Title, l.URL)
				}
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s asks nothing", p.Title)
			}
			for _, target := range p.Targets {
				queries++
				if target.Legend == "" || target.Datasource.UID != "${datasource}" {
					t.Errorf("%s: legend %q, data source %q", p.Title, target.Legend, target.Datasource.UID)
				}
				// Grafana puts an interval in its place.
				text := strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
				checkQuery(t, "panel "+p.Title, text, known, nil)
			}
		}
	}
	walk(d.Panels)
	if queries < 30 {
		t.Errorf("%d queries", queries)
	}
	for _, name := range alerts(t) {
		if !shown[name] {
			t.Errorf("no panel shows what %s looks at", name)
		}
	}
	for name := range shown {
		if !slices.Contains(alerts(t), name) {
			t.Errorf("a panel names the alert %s, which does not exist", name)
		}
	}
}

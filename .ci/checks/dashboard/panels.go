package main

import "github.com/grafana/grafana-foundation-sdk/go/units"

// panel is one graph.
type panel struct {
	title, description, unit string
	queries                  []query
	// alerts are those that look at the same.
	alerts []string
	// limit is where the alert's expression begins to hold; nil: none, or not
	// one number.
	limit *float64
	wide  bool
}

type query struct{ expr, legend string }

func at(v float64) *float64 { return &v }

// rows are in the order in which they are looked at: is consent kept, does it
// move, what comes out, what does it cost.
var rows = []struct {
	title  string
	panels []panel
}{
	{"Consent", []panel{
		{title: "Broken promises", unit: units.Short, alerts: []string{"SluiceLeakDetected"}, limit: at(1),
			description: "Violations of invariants, and records of the canary that were published after it revoked. Stays 0.",
			queries: []query{
				{`sum by (job) (increase(sluice_invariant_violations_total{job=~"$job"}[$__rate_interval]))`, "violations {{job}}"},
				{`sum by (job) (increase(sluice_canary_leaks_total[$__rate_interval]))`, "leaks {{job}}"},
			}},
		{title: "Settings lag", unit: units.Seconds, alerts: []string{"SluiceSettingsLagHigh", "SluiceMetricsAbsent"}, limit: at(60),
			description: "Age of the oldest settings record that is not applied.",
			queries:     []query{{`max by (job) (sluice_lag_seconds{stream="settings", job=~"$job"})`, "{{job}}"}}},
		{title: "From a change to its enforcement", unit: units.Seconds, alerts: []string{"SluiceRevocationBudgetBurn"}, limit: at(60),
			description: "From the append of a settings record to the commit that applies it; 99.9% within 60 s is the objective.",
			queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(sluice_revocation_latency_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "p50"},
				{`histogram_quantile(0.99, sum by (le) (rate(sluice_revocation_latency_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "p99"},
			}},
		{title: "Since the canary's last success", unit: units.Seconds, alerts: []string{"SluiceCanaryMissing"}, limit: at(900),
			description: "The canary grants, publishes, revokes and must stop appearing.",
			queries:     []query{{`time() - max by (job) (max_over_time(sluice_canary_last_success_timestamp_seconds[1d]))`, "{{job}}"}}},
		{title: "Policies in force", unit: units.Short, alerts: []string{"SluicePolicyDrift"},
			description: "Processes by the policy that they decide by. Two lines mean a rollout, or drift.",
			queries:     []query{{`count by (version, hash) (sluice_policy_info{job=~"$job"})`, "{{version}} {{hash}}"}}},
		{title: "Published share", unit: units.PercentUnit, alerts: []string{"SluiceDecisionMixShift"},
			description: "Of all verdicts, by purpose, and at the same hour of yesterday.",
			queries: []query{
				{`sum by (purpose) (rate(sluice_decisions_total{verdict="PUBLISHED", job=~"$job"}[1h])) / sum by (purpose) (rate(sluice_decisions_total{job=~"$job"}[1h]))`, "{{purpose}}"},
				{`sum by (purpose) (rate(sluice_decisions_total{verdict="PUBLISHED", job=~"$job"}[1h] offset 1d)) / sum by (purpose) (rate(sluice_decisions_total{job=~"$job"}[1h] offset 1d))`, "{{purpose}} yesterday"},
			}},
	}},
	{"Progress", []panel{
		{title: "Since records were last processed, where some wait", unit: units.Seconds, alerts: []string{"SluiceProcessorStalled"}, limit: at(300),
			description: "By topic, its slowest partition.",
			queries: []query{{`max by (job, topic) ((time() - sluice_last_processed_timestamp_seconds{job=~"$job", topic=~"$topic"})
  and sluice_lag_records{job=~"$job", topic=~"$topic"} > 0)`, "{{job}} {{topic}}"}}},
		{title: "Why nothing is published", unit: units.Short, alerts: []string{"SluiceFailClosed"}, limit: at(1),
			description: "Processes that hold partitions, by reason.",
			queries: []query{
				{`sum by (reason) (sluice_fail_closed{job=~"$job"}) > 0`, "{{reason}}"},
				{`max(sluice_open_transaction_seconds{job=~"$job", topic=~"$topic"}) > bool 5`, "a transaction is open for more than 5 s"},
			}},
		{title: "Lag", unit: units.Short, alerts: []string{"SluiceLagKeepsGrowing"}, limit: at(1000),
			description: "Records up to the last stable offset.",
			queries:     []query{{`sum by (job, topic) (sluice_lag_records{job=~"$job", topic=~"$topic"})`, "{{job}} {{topic}}"}}},
		{title: "Lag in time", unit: units.Seconds,
			description: "Age of the oldest unprocessed record, and how long an open transaction has hidden others.",
			queries: []query{
				{`max by (topic) (sluice_lag_seconds{job=~"$job", topic=~"$topic"})`, "{{topic}}"},
				{`max by (topic) (sluice_open_transaction_seconds{job=~"$job", topic=~"$topic"}) > 0`, "open transaction {{topic}}"},
			}},
		{title: "Retention headroom", unit: units.Seconds, alerts: []string{"SluiceRetentionHeadroomLow"}, limit: at(21600),
			description: "Until retention may delete the oldest unprocessed record.",
			queries:     []query{{`min by (topic) (sluice_retention_headroom_seconds{job=~"$job", topic=~"$topic"})`, "{{topic}}"}}},
		{title: "Lost records", unit: units.Short, alerts: []string{"SluiceLostRecords"}, limit: at(1),
			description: "Deleted by retention before they were processed. Stays 0.",
			queries:     []query{{`sum by (job) (increase(sluice_lost_records_total{job=~"$job"}[$__rate_interval]))`, "{{job}}"}}},
		{title: "Dead letters", unit: units.RecordsPerSecond, alerts: []string{"SluiceDeadLetterRateHigh"},
			description: "Input that cannot be processed and output that is refused, by reason.",
			queries:     []query{{`sum by (reason) (rate(sluice_dead_letter_records_total{job=~"$job"}[$__rate_interval])) > 0`, "{{reason}}"}}},
		{title: "Transactions", unit: units.CountsPerSecond, alerts: []string{"SluiceTransactionAborts"},
			description: "By how they ended.",
			queries: []query{
				{`sum by (result) (rate(sluice_transactions_total{job=~"$job"}[$__rate_interval]))`, "{{result}}"},
				{`sum(rate(sluice_rebuilds_total{job=~"$job"}[$__rate_interval]))`, "rebuilds"},
			}},
		{title: "Assignments within 15 minutes", unit: units.Short, alerts: []string{"SluiceRebalanceStorm"}, limit: at(5),
			description: "How often the group gave a process partitions.",
			queries:     []query{{`max by (job, instance) (increase(sluice_rebalances_total{job=~"$job"}[15m]))`, "{{instance}}"}}},
	}},
	{"In and out", []panel{
		{title: "Records in", unit: units.RecordsPerSecond, description: "Committed, by stream.",
			queries: []query{{`sum by (stream) (rate(sluice_consumed_records_total{job=~"$job"}[$__rate_interval]))`, "{{stream}}"}}},
		{title: "Records out", unit: units.RecordsPerSecond, description: "Published, deleted and retracted, by purpose.",
			queries: []query{
				{`sum by (purpose) (rate(sluice_published_records_total{job=~"$job"}[$__rate_interval]))`, "{{purpose}}"},
				{`sum by (purpose) (rate(sluice_published_tombstones_total{job=~"$job"}[$__rate_interval]))`, "{{purpose}} deletes"},
				{`sum by (purpose) (rate(sluice_retractions_total{job=~"$job"}[$__rate_interval]))`, "{{purpose}} retractions"},
			}},
		{title: "Redactions", unit: units.CountsPerSecond, description: "Findings replaced in published texts, by type.",
			queries: []query{{`sum by (type) (rate(sluice_redactions_total{job=~"$job"}[$__rate_interval])) > 0`, "{{type}}"}}},
		{title: "Withheld, and why", unit: units.RecordsPerSecond, wide: true, description: "Verdicts that publish nothing, by purpose and reason.",
			queries: []query{{`sum by (purpose, reason) (rate(sluice_decisions_total{verdict!="PUBLISHED", job=~"$job"}[$__rate_interval])) > 0`, "{{purpose}} {{reason}}"}}},
		{title: "Settings changes", unit: units.RecordsPerSecond, wide: true, description: "Applied.",
			queries: []query{{`sum by (job) (rate(sluice_changes_total{job=~"$job"}[$__rate_interval]))`, "{{job}}"}}},
	}},
	{"Cost", []panel{
		{title: "One transaction", unit: units.Seconds, description: "Whole, and of it the wait for settings.",
			queries: []query{
				{`histogram_quantile(0.99, sum by (le) (rate(sluice_transaction_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "transaction p99"},
				{`histogram_quantile(0.99, sum by (le) (rate(sluice_fence_wait_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "fence p99"},
			}},
		{title: "One record", unit: units.Seconds, description: "Deciding and projecting it for all purposes.",
			queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(sluice_record_processing_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "p50"},
				{`histogram_quantile(0.99, sum by (le) (rate(sluice_record_processing_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "p99"},
			}},
		{title: "From a record's time to its commit", unit: units.Seconds, description: "End to end, upstream's delays included.",
			queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(sluice_record_e2e_latency_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "p50"},
				{`histogram_quantile(0.99, sum by (le) (rate(sluice_record_e2e_latency_seconds_bucket{job=~"$job"}[$__rate_interval])))`, "p99"},
			}},
		{title: "Partitions", unit: units.Short, description: "By state.",
			queries: []query{{`sum by (state) (sluice_assigned_partitions{job=~"$job"})`, "{{state}}"}}},
		{title: "Restore", unit: units.Short, alerts: []string{"SluiceRestoreSlow"}, description: "Changelog records still to be read before partitions can be served.",
			queries: []query{{`sum by (instance) (sluice_state_restore_remaining_records{job=~"$job"})`, "{{instance}}"}}},
		{title: "Time left to restore", unit: units.Seconds, description: "At the rate so far.",
			queries: []query{{`max by (instance) (sluice_state_restore_eta_seconds{job=~"$job"})`, "{{instance}}"}}},
		{title: "Disk", unit: units.BytesIEC, alerts: []string{"SluiceStateDiskFilling"}, description: "The local store, what is free beside it, and what is left to compact.",
			queries: []query{
				{`sum by (instance) (sluice_state_disk_bytes{job=~"$job"})`, "store {{instance}}"},
				{`min by (instance) (sluice_state_disk_free_bytes{job=~"$job"})`, "free {{instance}}"},
				{`sum by (instance) (sluice_state_compaction_debt_bytes{job=~"$job"})`, "debt {{instance}}"},
			}},
		{title: "Members", unit: units.Short, description: "With a state, in assigned partitions.",
			queries: []query{{`sum by (job) (sluice_state_members{job=~"$job"})`, "{{job}}"}}},
		{title: "Registry", unit: units.CountsPerSecond, description: "Requests by result.",
			queries: []query{{`sum by (operation, result) (rate(sluice_schema_registry_requests_total{job=~"$job"}[$__rate_interval]))`, "{{operation}} {{result}}"}}},
		{title: "CPU", unit: units.Short, wide: true, description: "Cores in use.",
			queries: []query{{`sum by (instance) (rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval]))`, "{{instance}}"}}},
		{title: "Memory", unit: units.BytesIEC, wide: true, description: "Resident.",
			queries: []query{{`sum by (instance) (process_resident_memory_bytes{job=~"$job"})`, "{{instance}}"}}},
	}},
}

package main

import (
	"net/http"
	"regexp"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kprom"

	"github.com/sluice-stream/sluice/topics/registry"
)

// instruments are the metrics around the processor: of the binary, the runtime,
// the Kafka clients, the schema registry and HTTP.
type instruments struct {
	kafka         kgo.Hook
	registryCalls *prometheus.CounterVec
	requests      *prometheus.CounterVec
	durations     *prometheus.HistogramVec
}

func newInstruments(reg prometheus.Registerer) *instruments {
	in := &instruments{
		registryCalls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_schema_registry_requests_total", Help: "Requests to the schema registry.",
		}, []string{"operation", "result"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_http_requests_total", Help: "Requests on http.listen.",
		}, []string{"handler", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluice_http_request_duration_seconds", Help: "Answering requests on http.listen.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"handler"}),
	}
	for _, operation := range registry.Operations() {
		for _, result := range registry.Results() {
			in.registryCalls.WithLabelValues(operation, result)
		}
	}
	reg.MustRegister(buildMetric(), in.registryCalls, in.requests, in.durations)
	in.kafka = newKafkaMetrics(reg)
	return in
}

func (in *instruments) registryAnswered(operation, result string) {
	in.registryCalls.WithLabelValues(operation, result).Inc()
}

// count counts the requests of a route.
func (in *instruments) count(route string, h http.Handler) http.Handler {
	of := prometheus.Labels{"handler": route}
	return promhttp.InstrumentHandlerDuration(in.durations.MustCurryWith(of),
		promhttp.InstrumentHandlerCounter(in.requests.MustCurryWith(of), h))
}

func buildMetric() prometheus.Collector {
	b := buildInfo()
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sluice_build_info", Help: "What this binary is; 1."},
		[]string{"version", "revision", "goversion"})
	g.WithLabelValues(b.Version, b.Revision, b.GoVersion).Set(1)
	return g
}

// kafkaMetrics are kprom's, which are made for one client, over all clients of a
// process: they come and go with their lanes, and every one feeds the same
// counters. What kprom reads off its one client, the buffers, is summed here,
// under names that say that they are gauges.
type kafkaMetrics struct {
	counters

	mu      sync.Mutex
	clients map[*kgo.Client]bool
}

// counters are kprom's hooks but those that make and drop its metrics.
type counters interface {
	kgo.HookBrokerConnect
	kgo.HookBrokerDisconnect
	kgo.HookBrokerWrite
	kgo.HookBrokerRead
	kgo.HookBrokerE2E
	kgo.HookBrokerThrottle
	kgo.HookProduceBatchWritten
	kgo.HookFetchBatchRead
}

func newKafkaMetrics(reg prometheus.Registerer) *kafkaMetrics {
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	k := kprom.NewMetrics("sluice", kprom.Subsystem("kafka"), kprom.Registerer(selected{reg}),
		kprom.NativeBucketFactor(1), // classic histograms alone
		kprom.Histograms(kprom.RequestDurationE2E, kprom.RequestThrottled),
		kprom.FetchAndProduceDetail(kprom.ByTopic, kprom.Batches, kprom.Records, kprom.CompressedBytes, kprom.UncompressedBytes, kprom.ConsistentNaming),
	)
	k.OnNewClient(nil)
	m := &kafkaMetrics{counters: k, clients: make(map[*kgo.Client]bool)}
	for _, g := range []struct {
		name, help string
		of         func(*kgo.Client) int64
	}{
		{"buffered_produce_records", "Records that wait to be produced.", (*kgo.Client).BufferedProduceRecords},
		{"buffered_produce_bytes", "Bytes that wait to be produced.", (*kgo.Client).BufferedProduceBytes},
		{"buffered_fetch_records", "Records that are fetched and not yet polled.", (*kgo.Client).BufferedFetchRecords},
		{"buffered_fetch_bytes", "Bytes that are fetched and not yet polled.", (*kgo.Client).BufferedFetchBytes},
	} {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sluice_kafka_" + g.name, Help: g.help},
			func() float64 { return m.sum(g.of) }))
	}
	return m
}

// OnNewClient implements kgo.HookNewClient.
func (m *kafkaMetrics) OnNewClient(c *kgo.Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients[c] = true
}

// OnClientClosed implements kgo.HookClientClosed.
func (m *kafkaMetrics) OnClientClosed(c *kgo.Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clients, c)
}

func (m *kafkaMetrics) sum(of func(*kgo.Client) int64) (sum float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.clients {
		sum += float64(of(c))
	}
	return sum
}

// unwanted are what kprom makes that is summed here, or that it would never feed:
// histograms that are not enabled.
var unwanted = regexp.MustCompile(`"sluice_kafka_(buffered_|(read|write)_(wait|time)_)`)

// selected registers what kprom makes but the unwanted.
type selected struct{ prometheus.Registerer }

// MustRegister implements prometheus.Registerer.
func (s selected) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		descs := make(chan *prometheus.Desc, 8)
		c.Describe(descs)
		if d := <-descs; !unwanted.MatchString(d.String()) {
			s.Registerer.MustRegister(c)
		}
	}
}

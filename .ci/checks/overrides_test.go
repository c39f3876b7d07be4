package checks

import (
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/strvals"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
)

// set is `--set`, one override or several.
func set(t *testing.T, overrides string) map[string]any {
	t.Helper()
	v, err := strvals.Parse(overrides)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func stateful(t *testing.T, all rendered) *appsv1.StatefulSet {
	t.Helper()
	return get[*appsv1.StatefulSet](t, all, "StatefulSet/sluice")
}

// TestChartDefaults holds what the defaults promise.
func TestChartDefaults(t *testing.T) {
	all := render(t, nil)
	s := stateful(t, all)
	spec := &s.Spec
	if spec.PodManagementPolicy != appsv1.ParallelPodManagement {
		t.Errorf("pods start %s", spec.PodManagementPolicy)
	}
	if r := spec.PersistentVolumeClaimRetentionPolicy; r == nil || r.WhenDeleted != appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
		t.Errorf("volumes of a release that is gone: %+v", r)
	}
	if len(spec.VolumeClaimTemplates) != 1 {
		t.Errorf("%d volumes", len(spec.VolumeClaimTemplates))
	}
	pod := &spec.Template.Spec
	if seconds := *pod.TerminationGracePeriodSeconds; seconds <= 10 {
		t.Errorf("a pod has %d s to end; a transaction may take 10", seconds)
	}
	c := &pod.Containers[0]
	i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "SLUICE_INSTANCE" })
	if i < 0 || c.Env[i].ValueFrom == nil || c.Env[i].ValueFrom.FieldRef.FieldPath != "metadata.name" {
		t.Error("the instance is not the pod's name")
	}
	// A restore of any length fails readiness alone, so that nothing ends it.
	for probe, path := range map[*corev1.Probe]string{c.StartupProbe: "/livez", c.LivenessProbe: "/livez", c.ReadinessProbe: "/readyz"} {
		if probe.HTTPGet.Path != path {
			t.Errorf("a probe asks %s, want %s", probe.HTTPGet.Path, path)
		}
	}
	if wait := c.StartupProbe.PeriodSeconds * c.StartupProbe.FailureThreshold; wait < 1800 {
		t.Errorf("a pod has %d s to start", wait)
	}
	if len(pod.TopologySpreadConstraints) != 2 {
		t.Errorf("spread %+v", pod.TopologySpreadConstraints)
	}
	headless := get[*corev1.Service](t, all, "Service/"+spec.ServiceName)
	if headless.Spec.ClusterIP != corev1.ClusterIPNone || !headless.Spec.PublishNotReadyAddresses {
		t.Errorf("the governing service is %+v", headless.Spec)
	}
	// Every selector finds the pods, and only those.
	for key, selector := range map[string]map[string]string{
		"StatefulSet": spec.Selector.MatchLabels, "headless": headless.Spec.Selector,
		"Service": get[*corev1.Service](t, all, "Service/sluice").Spec.Selector,
		"PDB":     get[*policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget/sluice").Spec.Selector.MatchLabels,
	} {
		for label, value := range selector {
			if spec.Template.Labels[label] != value {
				t.Errorf("%s selects %s=%s, pods have %q", key, label, value, spec.Template.Labels[label])
			}
		}
		if selector["app.kubernetes.io/component"] != "processor" {
			t.Errorf("%s selects the canary too", key)
		}
	}
	job := get[*batchv1.Job](t, all, "Job/sluice-topics")
	if !strings.Contains(job.Annotations["helm.sh/hook"], "pre-install") || !strings.Contains(job.Annotations["helm.sh/hook"], "pre-upgrade") {
		t.Errorf("topics are made at %q", job.Annotations["helm.sh/hook"])
	}
	// What a hook needs has to be there before it.
	m := get[*corev1.ConfigMap](t, all, "ConfigMap/sluice-topics")
	if m.Annotations["helm.sh/hook"] != job.Annotations["helm.sh/hook"] || m.Annotations["helm.sh/hook-weight"] >= job.Annotations["helm.sh/hook-weight"] {
		t.Errorf("the job's configuration comes at %v", m.Annotations)
	}
	if job.Spec.Template.Spec.ServiceAccountName != "" {
		t.Error("the job names an account that does not exist yet")
	}
	if p := get[*policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget/sluice"); p.Spec.MaxUnavailable.IntValue() != 1 || *p.Spec.UnhealthyPodEvictionPolicy != policyv1.AlwaysAllow {
		t.Errorf("disruption budget %+v", p.Spec)
	}
	for _, absent := range []string{"PodMonitor/sluice", "PrometheusRule/sluice", "Deployment/sluice-canary", "scaledObject/sluice", "ConfigMap/sluice-dashboard"} {
		if all[absent] != nil {
			t.Errorf("%s is there by default", absent)
		}
	}
	if p := all["Pod/sluice-test"].(*corev1.Pod); p.Annotations["helm.sh/hook"] != "test" {
		t.Errorf("the test pod is a hook of %q", p.Annotations["helm.sh/hook"])
	}
}

// TestChartOverrides sets one thing at a time and looks at what it is for.
func TestChartOverrides(t *testing.T) {
	for _, tc := range []struct {
		name, set string
		check     func(t *testing.T, all rendered)
	}{
		{"replicas", "replicaCount=3", func(t *testing.T, all rendered) {
			if n := *stateful(t, all).Spec.Replicas; n != 3 {
				t.Errorf("%d replicas", n)
			}
		}},
		{"digest", "image.digest=sha256:" + strings.Repeat("a", 64), func(t *testing.T, all rendered) {
			for key, p := range pods(all) {
				if !strings.HasSuffix(p.Containers[0].Image, "@sha256:"+strings.Repeat("a", 64)) {
					t.Errorf("%s: image %s", key, p.Containers[0].Image)
				}
			}
		}},
		{"fullname", "fullnameOverride=other", func(t *testing.T, all rendered) {
			get[*appsv1.StatefulSet](t, all, "StatefulSet/other")
			get[*corev1.Service](t, all, "Service/other-headless")
		}},
		{"no volume", "persistence.enabled=false", func(t *testing.T, all rendered) {
			s := stateful(t, all)
			i := slices.IndexFunc(s.Spec.Template.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == "state" })
			if len(s.Spec.VolumeClaimTemplates) != 0 || s.Spec.PersistentVolumeClaimRetentionPolicy != nil || i < 0 || s.Spec.Template.Spec.Volumes[i].EmptyDir == nil {
				t.Error("the state is not on an emptyDir")
			}
		}},
		{"storage", "persistence.storageClass=fast,persistence.size=1Ti", func(t *testing.T, all rendered) {
			claim := stateful(t, all).Spec.VolumeClaimTemplates[0].Spec
			if *claim.StorageClassName != "fast" || claim.Resources.Requests.Storage().String() != "1Ti" {
				t.Errorf("claim %+v", claim)
			}
		}},
		{"keys", "keys.existingSecret=mine,keys.key=k.json", func(t *testing.T, all rendered) {
			for _, v := range stateful(t, all).Spec.Template.Spec.Volumes {
				if v.Name == "keys" && (v.Secret.SecretName != "mine" || v.Secret.Items[0].Key != "k.json") {
					t.Errorf("keys from %+v", v.Secret)
				}
			}
			if c := configOf(t, all, "sluice"); !strings.Contains(c, "keys: /etc/sluice/keys/k.json") {
				t.Error(c)
			}
		}},
		{"sasl", "kafka.sasl.existingSecret=s,config.kafka.sasl.mechanism=PLAIN,config.kafka.sasl.username=u", func(t *testing.T, all rendered) {
			for _, name := range []string{"sluice", "sluice-topics"} {
				if c := configOf(t, all, name); !strings.Contains(c, "password_file: /etc/sluice/sasl/password") || !strings.Contains(c, "username: u") {
					t.Errorf("%s: %s", name, c)
				}
			}
		}},
		{"topics principal", "kafka.sasl.existingSecret=s,config.kafka.sasl.mechanism=PLAIN,config.kafka.sasl.username=u,topicsJob.sasl.username=admin,topicsJob.sasl.existingSecret=a", func(t *testing.T, all rendered) {
			if c := configOf(t, all, "sluice-topics"); !strings.Contains(c, "username: admin") {
				t.Error(c)
			}
			if c := configOf(t, all, "sluice"); !strings.Contains(c, "username: u") {
				t.Error(c)
			}
			if s := secretNames(pods(all)["Job/sluice-topics"]); !slices.Equal(s, []string{"a"}) {
				t.Errorf("the topics job has the secrets %v", s)
			}
		}},
		{"admin", "admin.existingSecret=t", func(t *testing.T, all rendered) {
			if c := configOf(t, all, "sluice"); !strings.Contains(c, "admin_listen: :8090") || !strings.Contains(c, "admin_token_file: /etc/sluice/admin/token") {
				t.Error(c)
			}
		}},
		{"policy", "policyFile=purposes: {}", func(t *testing.T, all rendered) {
			m := get[*corev1.ConfigMap](t, all, "ConfigMap/sluice")
			if strings.TrimSpace(m.Data["policy.yaml"]) != "purposes: {}" || !strings.Contains(m.Data["sluice.yaml"], "policy: policy.yaml") {
				t.Errorf("%v", m.Data)
			}
		}},
		{"checksum", "config.log.level=debug", func(t *testing.T, all rendered) {
			const annotation = "checksum/config"
			if stateful(t, all).Spec.Template.Annotations[annotation] == stateful(t, render(t, nil)).Spec.Template.Annotations[annotation] {
				t.Error("a change of the configuration restarts nothing")
			}
		}},
		{"no topics job", "topicsJob.enabled=false", func(t *testing.T, all rendered) {
			if all["Job/sluice-topics"] != nil || all["ConfigMap/sluice-topics"] != nil {
				t.Error("it is there")
			}
		}},
		{"canary", "canary.enabled=true,podMonitor.enabled=true", func(t *testing.T, all rendered) {
			p := &get[*appsv1.Deployment](t, all, "Deployment/sluice-canary").Spec.Template
			if len(secretNames(&p.Spec)) != 0 {
				t.Error("the canary has the keys")
			}
			m := get[*monitoring.PodMonitor](t, all, "PodMonitor/sluice-canary")
			for label, value := range m.Spec.Selector.MatchLabels {
				if p.Labels[label] != value {
					t.Errorf("the monitor selects %s=%s", label, value)
				}
			}
		}},
		{"monitor", "podMonitor.enabled=true,podMonitor.labels.release=prometheus", func(t *testing.T, all rendered) {
			m := get[*monitoring.PodMonitor](t, all, "PodMonitor/sluice")
			if m.Labels["release"] != "prometheus" || *m.Spec.PodMetricsEndpoints[0].Port != "http" {
				t.Errorf("%+v", m)
			}
		}},
		{"rules", "prometheusRule.enabled=true,prometheusRule.alertLabels.team=privacy", func(t *testing.T, all rendered) {
			r := get[*monitoring.PrometheusRule](t, all, "PrometheusRule/sluice")
			have := make(map[string]bool)
			for _, g := range r.Spec.Groups {
				for _, rule := range g.Rules {
					have[rule.Alert] = true
					if rule.Alert != "" && (rule.Labels["team"] != "privacy" || rule.Labels["severity"] == "" || rule.Annotations["description"] == "") {
						t.Errorf("%s has labels %v, annotations %v", rule.Alert, rule.Labels, rule.Annotations)
					}
				}
			}
			for _, name := range alerts(t) {
				if !have[name] {
					t.Errorf("%s is not in it", name)
				}
			}
		}},
		{"dashboard", "dashboard.enabled=true", func(t *testing.T, all rendered) {
			m := get[*corev1.ConfigMap](t, all, "ConfigMap/sluice-dashboard")
			_, want := readDashboard(t)
			if m.Labels["grafana_dashboard"] != "1" || m.Data["sluice.json"] != string(want) {
				t.Error("it is not the dashboard")
			}
		}},
		{"network", "config.kafka.brokers={a:9093,b:9094},config.registry.url=https://r.example.com", func(t *testing.T, all rendered) {
			p := get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/sluice")
			var open []int
			for _, e := range p.Spec.Egress {
				for _, port := range e.Ports {
					open = append(open, port.Port.IntValue())
				}
			}
			if want := []int{53, 53, 9093, 9094, 443, 8080}; !slices.Equal(open, want) {
				t.Errorf("ports out: %v, want %v", open, want)
			}
			for label, value := range p.Spec.PodSelector.MatchLabels {
				if stateful(t, all).Spec.Template.Labels[label] != value {
					t.Errorf("it covers %s=%s", label, value)
				}
			}
		}},
		{"network peers", "networkPolicy.kafka.to[0].podSelector.matchLabels.app=kafka,networkPolicy.kafka.ports={9999},networkPolicy.registry.ports={1}", func(t *testing.T, all rendered) {
			e := get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/sluice").Spec.Egress[1]
			if e.To[0].PodSelector.MatchLabels["app"] != "kafka" || e.Ports[0].Port.IntValue() != 9999 {
				t.Errorf("%+v", e)
			}
		}},
		{"no network policy", "networkPolicy.enabled=false", func(t *testing.T, all rendered) {
			if all["NetworkPolicy/sluice"] != nil {
				t.Error("it is there")
			}
		}},
		{"autoscaling", "keda.enabled=true", func(t *testing.T, all rendered) {
			if stateful(t, all).Spec.Replicas != nil {
				t.Error("the chart sets replicas against the autoscaler")
			}
			o := get[*scaledObject](t, all, "scaledObject/sluice")
			if o.Spec.MinReplicaCount < 1 || o.Spec.ScaleTargetRef.Name != "sluice" {
				t.Errorf("%+v", o.Spec)
			}
			checkQuery(t, "keda", o.Spec.Triggers[0].Metadata["query"], families(t), nil)
		}},
		{"account", "serviceAccount.create=false,serviceAccount.name=mine", func(t *testing.T, all rendered) {
			if all["ServiceAccount/sluice"] != nil || stateful(t, all).Spec.Template.Spec.ServiceAccountName != "mine" {
				t.Error("another account is used")
			}
		}},
		{"strimzi", "strimzi.enabled=true,topicsJob.enabled=false,config.topics.activity={a_b,c},strimzi.outputs={x}", func(t *testing.T, all rendered) {
			if topic := get[*kafkaTopic](t, all, "kafkaTopic/a-b"); topic.Spec.TopicName != "a_b" || topic.Spec.Config["min.insync.replicas"] != "" {
				t.Errorf("%+v", topic.Spec)
			}
			if topic := get[*kafkaTopic](t, all, "kafkaTopic/member-settings"); topic.Spec.Config["message.timestamp.type"] != "LogAppendTime" || topic.Spec.Config["min.insync.replicas"] != "2" || topic.Annotations["helm.sh/resource-policy"] != "keep" {
				t.Errorf("%+v", topic)
			}
			for _, name := range []string{"c", "x", "x-retractions", "sluice-consent-changelog"} {
				get[*kafkaTopic](t, all, "kafkaTopic/"+name)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.check(t, render(t, set(t, tc.set))) })
	}
}

// TestChartRefuses: what cannot work is no release.
func TestChartRefuses(t *testing.T) {
	for _, overrides := range []string{"strimzi.enabled=true", "kafka.sasl.existingSecret=s"} {
		if _, err := tryRender(loadChart(t), set(t, overrides)); err == nil {
			t.Errorf("%s renders", overrides)
		}
	}
}

func configOf(t *testing.T, all rendered, name string) string {
	t.Helper()
	return get[*corev1.ConfigMap](t, all, "ConfigMap/"+name).Data["sluice.yaml"]
}

func secretNames(p *corev1.PodSpec) []string {
	var names []string
	for _, v := range p.Volumes {
		if v.Secret != nil {
			names = append(names, v.Secret.SecretName)
		}
	}
	return names
}

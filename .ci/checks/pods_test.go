package checks

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

func newReader(s string) *bufio.Reader { return bufio.NewReader(io.Reader(strings.NewReader(s))) }

// pods are the pod specifications of a release, by the object's key.
func pods(all rendered) map[string]*corev1.PodSpec {
	specs := make(map[string]*corev1.PodSpec)
	for key, o := range all {
		switch o := o.(type) {
		case *appsv1.StatefulSet:
			specs[key] = &o.Spec.Template.Spec
		case *appsv1.Deployment:
			specs[key] = &o.Spec.Template.Spec
		case *batchv1.Job:
			specs[key] = &o.Spec.Template.Spec
		case *corev1.Pod:
			specs[key] = &o.Spec
		}
	}
	return specs
}

// checkPods holds every pod to the restricted standard, its mounts to its
// volumes and its command to the binary.
func checkPods(t *testing.T, all rendered) {
	t.Helper()
	specs := pods(all)
	if len(specs) < 2 {
		t.Fatalf("%d pods", len(specs))
	}
	for key, spec := range specs {
		fault := func(format string, args ...any) { t.Errorf("%s: "+format, append([]any{key}, args...)...) }
		s := spec.SecurityContext
		if s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault || s.FSGroup == nil {
			fault("security context %+v", s)
		}
		if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
			fault("it has a token of the cluster's")
		}
		if spec.EnableServiceLinks == nil || *spec.EnableServiceLinks {
			fault("Kubernetes puts SLUICE_ variables into it")
		}
		volumes := make(map[string]bool)
		for _, v := range spec.Volumes {
			volumes[v.Name] = false
			if v.Secret != nil && (v.Secret.DefaultMode == nil || *v.Secret.DefaultMode != 0o440) {
				fault("secret %s is open to others", v.Name)
			}
		}
		if strings.HasPrefix(key, "StatefulSet/") {
			for _, claim := range all[key].(*appsv1.StatefulSet).Spec.VolumeClaimTemplates {
				volumes[claim.Name] = false
			}
		}
		for _, c := range spec.Containers {
			s := c.SecurityContext
			if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
				s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
				s.Capabilities == nil || fmt.Sprint(s.Capabilities.Drop) != "[ALL]" {
				fault("container's security context %+v", s)
			}
			if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
				fault("no memory limit, or no request of CPU")
			}
			if len(c.Command) > 0 {
				fault("it replaces the image's entry point")
			}
			for _, m := range c.VolumeMounts {
				if _, ok := volumes[m.Name]; !ok {
					fault("mount %s has no volume", m.Name)
				}
				volumes[m.Name] = true
				if m.SubPath != "" {
					fault("%s is mounted by subPath: a rotated secret would not be seen", m.Name)
				}
			}
			checkCommand(t, key, c.Args)
		}
		for name, used := range volumes {
			if !used {
				fault("volume %s is not mounted", name)
			}
		}
	}
}

// checkCommand asks the binary for help on a command with all of its flags: it
// refuses a flag that it does not have, and names another command where it does
// not have that one.
func checkCommand(t *testing.T, who string, args []string) {
	t.Helper()
	var path []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			break
		}
		path = append(path, arg)
	}
	out, err := exec.Command(binary(t), append(append([]string{}, args...), "--help")...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: sluice %s: %v\n%s", who, strings.Join(args, " "), err, out)
	}
	usage := regexp.MustCompile(`(?m)^  sluice ` + regexp.QuoteMeta(strings.Join(path, " ")) + `( \[flags\]| *$| )`)
	if len(path) == 0 || !usage.Match(out) {
		t.Errorf("%s: there is no command `sluice %s`\n%s", who, strings.Join(path, " "), out)
	}
}

// checkConfigs has the binary validate every sluice.yaml of a release, with
// files where secrets are mounted.
func checkConfigs(t *testing.T, all rendered) {
	t.Helper()
	found := 0
	for key, o := range all {
		m, ok := o.(*corev1.ConfigMap)
		if !ok || m.Data["sluice.yaml"] == "" {
			continue
		}
		found++
		folder := t.TempDir()
		for name, content := range m.Data {
			put(t, filepath.Join(folder, "config", name), strings.ReplaceAll(content, "/etc/sluice/", folder+"/"))
		}
		for _, path := range regexp.MustCompile(`/etc/sluice/[a-z/.-]+`).FindAllString(m.Data["sluice.yaml"], -1) {
			put(t, filepath.Join(folder, strings.TrimPrefix(path, "/etc/sluice/")), "x")
		}
		out, err := exec.Command(binary(t), "config", "show", "-c", filepath.Join(folder, "config", "sluice.yaml")).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s\n%s", key, err, out, m.Data["sluice.yaml"])
		}
	}
	if found == 0 {
		t.Error("no configuration was rendered")
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/registry"
)

// maxSubjects bounds how many output subjects are asked about.
const maxSubjects = 200

// refusesFields says for which output subjects the registry refuses a version
// with one field more. Projected schemas have no defaults, so BACKWARD and FULL
// do, and then a record type that gains a field is dead (output_rejected). Where
// there are no subjects yet the registry's default counts. Empty: for none.
func refusesFields(ctx context.Context, reg *registry.Client, p *policy.Policy) (string, error) {
	var subjects []string
	for _, purpose := range p.Purposes() {
		all, err := reg.Subjects(ctx, purpose.Topic+"-"+purpose.Name+".")
		if err != nil {
			return "", err
		}
		subjects = append(subjects, all...)
	}
	if len(subjects) == 0 {
		subjects = []string{""}
	}
	var refusing []string
	for _, subject := range subjects[:min(len(subjects), maxSubjects)] {
		level, err := reg.Compatibility(ctx, subject)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(level, "BACKWARD") || strings.HasPrefix(level, "FULL") {
			refusing = append(refusing, level+" of "+subject)
		}
	}
	if len(refusing) == 0 {
		return "", nil
	}
	if subjects[0] == "" {
		refusing[0] += "new subjects"
	}
	return fmt.Sprintf("%d output subjects, first %s: where a record type gains a field, its records are dead (output_rejected); set FORWARD or NONE, see docs/operate.md",
		len(refusing), refusing[0]), nil
}

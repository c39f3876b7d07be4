package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"
)

// Subjects are the subjects that begin with a prefix.
func (c *Client) Subjects(ctx context.Context, prefix string) ([]string, error) {
	all, err := c.sr.Subjects(sr.WithParams(ctx, sr.SubjectPrefix(prefix)))
	if err = c.answered(opLookup, err); err != nil {
		return nil, fmt.Errorf("subjects: %w", err)
	}
	var with []string
	for _, subject := range all { // not every registry knows the parameter
		if strings.HasPrefix(subject, prefix) {
			with = append(with, subject)
		}
	}
	return with, nil
}

// Compatibility is the level that a subject's next version has to meet, such as
// BACKWARD; of an empty subject, the registry's default.
func (c *Client) Compatibility(ctx context.Context, subject string) (string, error) {
	answer := c.sr.Compatibility(sr.WithParams(ctx, sr.DefaultToGlobal), subject)[0]
	if err := c.answered(opLookup, answer.Err); err != nil {
		return "", fmt.Errorf("compatibility of %q: %w", subject, err)
	}
	return answer.Level.String(), nil
}

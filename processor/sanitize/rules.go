package sanitize

import (
	"slices"

	"github.com/sluice-stream/sluice/processor/sanitize/credential"
	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// rules are all that are known.
func rules() []detect.Rule {
	return slices.Concat(
		credential.Rules(),
		basicRules(),
	)
}

package sanitize

import (
	"slices"

	"github.com/sluice-stream/sluice/processor/sanitize/contact"
	"github.com/sluice-stream/sluice/processor/sanitize/credential"
	"github.com/sluice-stream/sluice/processor/sanitize/detect"
	"github.com/sluice-stream/sluice/processor/sanitize/network"
	"github.com/sluice-stream/sluice/processor/sanitize/payment"
)

// rules are all that are known.
func rules() []detect.Rule {
	return slices.Concat(
		credential.Rules(),
		payment.Rules(),
		contact.Rules(),
		network.Rules(),
		basicRules(),
	)
}

package schema

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.avsc
var files embed.FS

// Full names of the schemas.
const (
	NameSettingsChanged = "sluice.v1.SettingsChanged"
	NameSettingsApplied = "sluice.v1.SettingsApplied"
	NameRetraction      = "sluice.v1.Retraction"
	NameDecisionBatch   = "sluice.v1.DecisionBatch"
	NameDeadLetter      = "sluice.v1.DeadLetter"
)

// Names are the full names of all of them.
func Names() []string {
	return []string{NameSettingsChanged, NameSettingsApplied, NameRetraction, NameDecisionBatch, NameDeadLetter}
}

// JSON is a schema as Avro JSON, by its full name or its last part.
func JSON(name string) (string, error) {
	short := strings.TrimPrefix(name, "sluice.v1.")
	text, err := files.ReadFile(short + ".avsc")
	if err != nil {
		var all []string
		for _, n := range Names() {
			all = append(all, strings.TrimPrefix(n, "sluice.v1."))
		}
		return "", fmt.Errorf("no schema %q: there are %s", name, strings.Join(all, ", "))
	}
	return string(text), nil
}

package topics

import (
	"slices"
)

// Role is one of those that use the topics, each with a principal of its own.
type Role string

// Roles. Readers of an output have one more each: see OutputReader.
const (
	RoleProcessor Role = "sluice"            // sluice run
	RoleAdmin     Role = "sluice-admin"      // sluice topics plan, apply, check
	RoleOperator  Role = "sluice-operator"   // sluice doctor, lag, explain, consent get; topics check
	RoleAuditor   Role = "sluice-auditor"    // sluice audit
	RoleCanary    Role = "sluice-canary"     // sluice canary
	RoleActivity  Role = "activity-producer" // upstream services
	RoleSettings  Role = "settings-service"  // alone: who writes settings decides on consent
)

// OutputReader is the role of who reads a purpose's topic and its retractions.
func OutputReader(topic string) Role { return Role(topic + "-reader") }

// Resource is a kind of thing that may be used.
type Resource string

// Kinds of resources.
const (
	ResourceTopic           Resource = "topic"
	ResourceGroup           Resource = "group"
	ResourceTransactionalID Resource = "transactional-id"
)

// Operation is what may be done, in Kafka's words.
type Operation string

// Operations.
const (
	Read            Operation = "Read"
	Write           Operation = "Write"
	Create          Operation = "Create"
	Describe        Operation = "Describe"
	DescribeConfigs Operation = "DescribeConfigs"
	AlterConfigs    Operation = "AlterConfigs"
)

// Grant is what one role may do with one resource. Who may read or write may
// describe, by Kafka's rules.
type Grant struct {
	Role       Role        `json:"role"`
	Resource   Resource    `json:"resource"`
	Name       string      `json:"name"`
	Prefix     bool        `json:"prefix"` // Name is how the resources' names begin
	Operations []Operation `json:"operations"`
}

// Grants are what each role needs and no more; group is that of the processor.
// Everything else is to be denied.
func (s *Spec) Grants(group string) []Grant {
	var all []Grant
	grant := func(role Role, resource Resource, name string, operations ...Operation) {
		all = append(all, Grant{Role: role, Resource: resource, Name: name, Operations: operations})
	}
	topics := func(role Role, names []string, operations ...Operation) {
		for _, name := range names {
			grant(role, ResourceTopic, name, operations...)
		}
	}
	var outputs, everything []string
	for _, o := range s.Outputs {
		outputs = append(outputs, o.Topic, o.Retractions)
	}
	for _, t := range s.Topics() {
		everything = append(everything, t.Name)
	}
	inputs := append(slices.Clone(s.Activity), s.Settings)

	// How long inputs are kept is asked: for the settings, since deltas must not
	// get lost, and for what is about to be deleted before it is read.
	topics(RoleProcessor, inputs, Read, DescribeConfigs)
	topics(RoleProcessor, []string{s.Changelog, s.Rerouted}, Read, Write)
	topics(RoleProcessor, []string{s.Decisions, s.Receipts, s.DeadLetters}, Write)
	topics(RoleProcessor, outputs, Write)
	grant(RoleProcessor, ResourceGroup, group, Read)
	all = append(all, Grant{RoleProcessor, ResourceTransactionalID, group + "-", true, []Operation{Write}})

	topics(RoleAdmin, everything, Create, Describe, DescribeConfigs, AlterConfigs)

	for _, name := range everything {
		if slices.Contains(inputs, name) || name == s.Decisions || name == s.Changelog {
			grant(RoleOperator, ResourceTopic, name, Read, DescribeConfigs)
			continue
		}
		grant(RoleOperator, ResourceTopic, name, Describe, DescribeConfigs)
	}
	grant(RoleOperator, ResourceGroup, group, Describe)

	for _, name := range everything {
		switch name {
		case s.Settings:
			grant(RoleAuditor, ResourceTopic, name, Read, DescribeConfigs)
		case s.Changelog:
			// It derives the states itself, and counts partitions.
			grant(RoleAuditor, ResourceTopic, name, Describe)
		default:
			grant(RoleAuditor, ResourceTopic, name, Read)
		}
	}

	topics(RoleCanary, inputs, Write)
	for _, o := range s.Outputs {
		grant(RoleCanary, ResourceTopic, o.Topic, Read)
	}

	topics(RoleActivity, s.Activity, Write)
	topics(RoleSettings, []string{s.Settings}, Write)
	for _, o := range s.Outputs {
		role := OutputReader(o.Topic)
		topics(role, []string{o.Topic, o.Retractions}, Read)
		grant(role, ResourceGroup, string(role), Read)
	}
	return all
}

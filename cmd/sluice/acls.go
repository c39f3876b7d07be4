package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-stream/sluice/topics"
)

// Formats of access rules.
const (
	formatKafka   = "kafka-acls"
	formatStrimzi = "strimzi"
	formatJSON    = "json"
)

// acls are the access rules to print.
type acls struct {
	config     *config
	grants     []topics.Grant
	roles      []topics.Role     // in the order in which they are printed
	principals map[string]string // by role, where it is not User:ROLE
	cluster    string            // Strimzi's
}

func (a *app) topicsACLsCommand() *cobra.Command {
	var format, cluster string
	var principals map[string]string
	var only []string
	c := &cobra.Command{
		Use:   "acls",
		Short: "Print what each principal needs, and no more: for kafka-acls.sh or Strimzi",
		Long: `Prints the access rules that each role needs on the configuration's topics, its
group and its transactional ids. Everything else is to be denied
(allow.everyone.if.no.acl.found=false). It asks no broker.

Roles: sluice (run), sluice-admin (topics plan, apply, check), sluice-operator
(doctor, lag, explain, consent get, topics check), sluice-auditor (audit),
sluice-canary, activity-producer, settings-service, and for each output topic
TOPIC-reader, with a consumer group of that name. A role's principal is
User:ROLE unless --principal says otherwise. Only the settings service may write
settings: who can decides on members' consent.`,
		Example: `  sluice topics acls -c sluice.yaml
  sluice topics acls --principal sluice=User:CN=sluice --principal settings-service=User:settings
  sluice topics acls --format strimzi --cluster my-cluster | kubectl apply -f -`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			p, err := c.policy()
			if err != nil {
				return err
			}
			spec := c.spec(p)
			list := &acls{config: c, grants: spec.Grants(c.Group), principals: principals, cluster: cluster}
			if err := list.choose(only); err != nil {
				return err
			}
			switch format {
			case formatKafka:
				list.kafka(a.out)
			case formatStrimzi:
				list.strimzi(a.out)
			case formatJSON:
				a.output = "json"
				return a.print(list.grants, nil)
			default:
				return usageError{fmt.Errorf("--format is %s, %s or %s, not %q", formatKafka, formatStrimzi, formatJSON, format)}
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", formatKafka, "kafka-acls, strimzi or json")
	c.Flags().StringToStringVar(&principals, "principal", nil, "ROLE=PRINCIPAL, where it is not User:ROLE; can be repeated")
	c.Flags().StringSliceVar(&only, "role", nil, "only these roles")
	c.Flags().StringVar(&cluster, "cluster", "kafka", "the Kafka resource that Strimzi's users belong to")
	return c
}

// choose keeps the grants of some roles, all if none is named.
func (l *acls) choose(only []string) error {
	for _, g := range l.grants {
		if !slices.Contains(l.roles, g.Role) {
			l.roles = append(l.roles, g.Role)
		}
	}
	named := append(slices.Clone(only), slices.Sorted(maps.Keys(l.principals))...)
	for _, name := range named {
		if !slices.Contains(l.roles, topics.Role(name)) {
			return usageError{fmt.Errorf("there is no role %q; there are %v", name, l.roles)}
		}
	}
	if len(only) > 0 {
		l.roles = slices.DeleteFunc(l.roles, func(r topics.Role) bool { return !slices.Contains(only, string(r)) })
		l.grants = slices.DeleteFunc(l.grants, func(g topics.Grant) bool { return !slices.Contains(l.roles, g.Role) })
	}
	return nil
}

func (l *acls) of(role topics.Role) []topics.Grant {
	return slices.DeleteFunc(slices.Clone(l.grants), func(g topics.Grant) bool { return g.Role != role })
}

// kafka prints commands; admin.properties is how the one who runs them logs in.
func (l *acls) kafka(w io.Writer) {
	fmt.Fprintf(w, "#!/bin/sh\nset -e\nacls() { kafka-acls.sh --bootstrap-server %s --command-config admin.properties --add \"$@\"; }\n",
		strings.Join(l.config.Kafka.Brokers, ","))
	for _, role := range l.roles {
		principal := l.principals[string(role)]
		if principal == "" {
			principal = "User:" + string(role)
		}
		fmt.Fprintf(w, "\n# %s\n", role)
		for _, g := range l.of(role) {
			fmt.Fprintf(w, "acls --allow-principal '%s'", principal)
			for _, o := range g.Operations {
				fmt.Fprintf(w, " --operation %s", o)
			}
			if g.Prefix {
				fmt.Fprint(w, " --resource-pattern-type prefixed")
			}
			fmt.Fprintf(w, " --%s '%s'\n", g.Resource, g.Name)
		}
	}
}

// strimzi prints a KafkaUser for each role. Its name is the principal's.
func (l *acls) strimzi(w io.Writer) {
	authentication := "tls"
	if l.config.Kafka.SASL.Mechanism != "" {
		authentication = "scram-sha-512"
	}
	for i, role := range l.roles {
		if i > 0 {
			fmt.Fprintln(w, "---")
		}
		name := string(role)
		if p := l.principals[name]; p != "" {
			name = strings.TrimPrefix(strings.TrimPrefix(p, "User:"), "CN=")
		}
		fmt.Fprintf(w, `apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata:
  name: %s
  labels:
    strimzi.io/cluster: %s
spec:
  authentication:
    type: %s
  authorization:
    type: simple
    acls:
`, name, l.cluster, authentication)
		for _, g := range l.of(role) {
			pattern := "literal"
			if g.Prefix {
				pattern = "prefix"
			}
			resource := string(g.Resource)
			if g.Resource == topics.ResourceTransactionalID {
				resource = "transactionalId"
			}
			var operations []string
			for _, o := range g.Operations {
				operations = append(operations, string(o))
			}
			fmt.Fprintf(w, "      - resource: {type: %s, name: %q, patternType: %s}\n        operations: [%s]\n", resource, g.Name, pattern, strings.Join(operations, ", "))
		}
	}
}

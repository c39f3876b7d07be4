{{- define "sluice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of objects; short enough for a pod's number and a suffix behind it. */}}
{{- define "sluice.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains (include "sluice.name" .) .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "sluice.name" .) | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What pods of the release have in common. */}}
{{- define "sluice.selector" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "sluice.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "sluice.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "sluice.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/*
The principal that a workload connects as: its own SASL secret and name where it
has them, else those of the processor. Takes root and sasl.
*/}}
{{- define "sluice.saslSecret" -}}
{{- if and .sasl .sasl.existingSecret -}}
{{- dict "name" .sasl.existingSecret "key" .sasl.passwordKey | toYaml -}}
{{- else if .root.Values.kafka.sasl.existingSecret -}}
{{- dict "name" .root.Values.kafka.sasl.existingSecret "key" .root.Values.kafka.sasl.passwordKey | toYaml -}}
{{- end -}}
{{- end -}}

{{/* sluice.yaml of a workload. Takes root and sasl. */}}
{{- define "sluice.config" -}}
{{- $v := .root.Values -}}
{{- $config := deepCopy $v.config -}}
{{- $ours := dict
  "state" (dict "dir" "/var/lib/sluice/state")
  "keys" (printf "/etc/sluice/keys/%s" $v.keys.key)
  "http" (dict "listen" ":8080")
-}}
{{- $kafka := dict -}}
{{- if include "sluice.saslSecret" . -}}
{{- if not (dig "kafka" "sasl" "mechanism" "" $config) -}}
{{- fail "a SASL secret is given, and config.kafka.sasl.mechanism is not" -}}
{{- end -}}
{{- $sasl := dict "password_file" "/etc/sluice/sasl/password" -}}
{{- if and .sasl .sasl.username -}}{{- $_ := set $sasl "username" .sasl.username -}}{{- end -}}
{{- $_ := set $kafka "sasl" $sasl -}}
{{- end -}}
{{- with $v.kafka.tls -}}
{{- if .existingSecret -}}
{{- $tls := dict "enabled" true -}}
{{- if .caKey -}}{{- $_ := set $tls "ca" "/etc/sluice/tls/ca.crt" -}}{{- end -}}
{{- if .certKey -}}{{- $_ := set $tls "cert" "/etc/sluice/tls/tls.crt" -}}{{- end -}}
{{- if .keyKey -}}{{- $_ := set $tls "key" "/etc/sluice/tls/tls.key" -}}{{- end -}}
{{- $_ := set $kafka "tls" $tls -}}
{{- end -}}
{{- end -}}
{{- $_ := set $ours "kafka" $kafka -}}
{{- with $v.registry -}}
{{- if .existingSecret -}}
{{- $registry := dict -}}
{{- if .passwordKey -}}{{- $_ := set $registry "password_file" "/etc/sluice/registry/password" -}}{{- end -}}
{{- if .caKey -}}{{- $_ := set $registry "ca" "/etc/sluice/registry/ca.crt" -}}{{- end -}}
{{- $_ := set $ours "registry" $registry -}}
{{- end -}}
{{- end -}}
{{- if $v.admin.existingSecret -}}
{{- $_ := set $ours "http" (dict "listen" ":8080" "admin_listen" ":8090" "admin_token_file" "/etc/sluice/admin/token") -}}
{{- end -}}
{{- if $v.policyFile -}}{{- $_ := set $ours "policy" "policy.yaml" -}}{{- end -}}
{{- $defaults := dict "log" (dict "format" "json") -}}
{{- mergeOverwrite $defaults $config $ours | toYaml -}}
{{- end -}}

{{/* The entries of a workload's ConfigMap. Takes root and sasl. */}}
{{- define "sluice.configData" -}}
sluice.yaml: |
  {{- include "sluice.config" . | nindent 2 }}
{{- if .root.Values.policyFile }}
policy.yaml: |
  {{- .root.Values.policyFile | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Mounts of configuration and secrets. Takes root, sasl and keys. */}}
{{- define "sluice.mounts" -}}
- {name: config, mountPath: /etc/sluice/config, readOnly: true}
{{- if .keys }}
- {name: keys, mountPath: /etc/sluice/keys, readOnly: true}
{{- end }}
{{- if include "sluice.saslSecret" . }}
- {name: sasl, mountPath: /etc/sluice/sasl, readOnly: true}
{{- end }}
{{- if .root.Values.kafka.tls.existingSecret }}
- {name: tls, mountPath: /etc/sluice/tls, readOnly: true}
{{- end }}
{{- if .root.Values.registry.existingSecret }}
- {name: registry, mountPath: /etc/sluice/registry, readOnly: true}
{{- end }}
{{- if and .keys .root.Values.admin.existingSecret }}
- {name: admin, mountPath: /etc/sluice/admin, readOnly: true}
{{- end }}
{{- end -}}

{{/*
Their volumes. Secrets are mounted whole, never by subPath, so that a rotated one
is seen; readable by the pod's group alone. Takes root, sasl, keys and config.
*/}}
{{- define "sluice.volumes" -}}
{{- $v := .root.Values -}}
- name: config
  configMap: {name: {{ .config }}}
{{- if .keys }}
- name: keys
  secret:
    secretName: {{ $v.keys.existingSecret }}
    defaultMode: 0440
    items: [{key: {{ $v.keys.key }}, path: {{ $v.keys.key }}}]
{{- end }}
{{- with include "sluice.saslSecret" . | fromYaml }}
{{- if .name }}
- name: sasl
  secret:
    secretName: {{ .name }}
    defaultMode: 0440
    items: [{key: {{ .key }}, path: password}]
{{- end }}
{{- end }}
{{- with $v.kafka.tls }}
{{- if .existingSecret }}
- name: tls
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      {{- if .caKey }}
      - {key: {{ .caKey }}, path: ca.crt}
      {{- end }}
      {{- if .certKey }}
      - {key: {{ .certKey }}, path: tls.crt}
      {{- end }}
      {{- if .keyKey }}
      - {key: {{ .keyKey }}, path: tls.key}
      {{- end }}
{{- end }}
{{- end }}
{{- with $v.registry }}
{{- if .existingSecret }}
- name: registry
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      {{- if .passwordKey }}
      - {key: {{ .passwordKey }}, path: password}
      {{- end }}
      {{- if .caKey }}
      - {key: {{ .caKey }}, path: ca.crt}
      {{- end }}
{{- end }}
{{- end }}
{{- if and .keys $v.admin.existingSecret }}
- name: admin
  secret:
    secretName: {{ $v.admin.existingSecret }}
    defaultMode: 0440
    items: [{key: {{ $v.admin.tokenKey }}, path: token}]
{{- end }}
{{- end -}}

{{/* What the pods of all workloads have in common. */}}
{{- define "sluice.podSpec" -}}
automountServiceAccountToken: false
# Else Kubernetes sets SLUICE_ variables of its own for a service of this name.
enableServiceLinks: false
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Ports of host:port texts, each once. */}}
{{- define "sluice.ports" -}}
{{- $ports := list -}}
{{- range . -}}
{{- $ports = append $ports (regexFind "[0-9]+$" . | int) -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end -}}

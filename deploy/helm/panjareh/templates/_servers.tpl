{{/*
The CloudNativePG cluster that a service works with: the one made here, or, after a restore, the one whose
`-rw` its databaseHost names. Takes root, name, service.
*/}}
{{- define "panjareh.databaseCluster" -}}
{{- if .service.databaseHost -}}
{{ trimSuffix "-rw" .service.databaseHost }}
{{- else -}}
{{ include "panjareh.fullname" .root }}-{{ .name }}-db
{{- end -}}
{{- end -}}

{{/* Where a service's PostgreSQL is, host:port; empty where its Secret holds a whole URL. Takes root, name, service. */}}
{{- define "panjareh.databaseHost" -}}
{{- $postgresql := .root.Values.postgresql -}}
{{- $fullname := include "panjareh.fullname" .root -}}
{{- if eq $postgresql.mode "bundled" -}}
{{ $fullname }}-postgresql:5432
{{- else if eq $postgresql.mode "cnpg" -}}
{{ include "panjareh.databaseCluster" . }}-rw:5432
{{- else -}}
{{- with default $postgresql.external.host .service.databaseHost -}}
{{ . }}:{{ $postgresql.external.port }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What follows host and port in a PostgreSQL URL. */}}
{{- define "panjareh.databasePath" -}}
{{- $postgresql := .root.Values.postgresql -}}
/postgres
{{- if eq $postgresql.mode "cnpg" -}}?sslmode=require
{{- else if eq $postgresql.mode "external" -}}
{{- with $postgresql.external.parameters -}}?{{ . }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Where the administrator's password is: {secret, key}; nothing where there is no administrator. */}}
{{- define "panjareh.databaseAdministrator" -}}
{{- $auth := .root.Values.postgresql.auth -}}
{{- if eq .root.Values.postgresql.mode "cnpg" -}}
secret: {{ include "panjareh.databaseCluster" . }}-superuser
key: password
{{- else if $auth.existingSecret -}}
secret: {{ $auth.existingSecret }}
key: {{ $auth.existingSecretPasswordKey }}
{{- end -}}
{{- end -}}

{{/* The broker's address without user, scheme://…@host:port, as a dict; empty where Secrets hold whole URLs. */}}
{{- define "panjareh.broker" -}}
{{- $rabbitmq := .Values.rabbitmq -}}
{{- $fullname := include "panjareh.fullname" . -}}
{{- if eq $rabbitmq.mode "external" -}}
{{- with $rabbitmq.external.host -}}
scheme: {{ ternary "amqps" "amqp" $rabbitmq.external.tls }}
host: {{ . }}:{{ $rabbitmq.external.port }}
{{- end -}}
{{- else -}}
scheme: amqp
host: {{ $fullname }}-rabbitmq:5672
{{- end -}}
{{- end -}}

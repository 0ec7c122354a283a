{{/* The public address of the window. */}}
{{- define "panjareh.windowUrl" -}}
{{- $values := .Values -}}
{{- if $values.urls.window -}}{{ $values.urls.window }}
{{- else if $values.ingress.enabled -}}{{ ternary "https" "http" $values.ingress.tls.enabled }}://{{ $values.ingress.hostname }}
{{- else if and $values.gatewayAPI.enabled $values.gatewayAPI.hostnames -}}https://{{ first $values.gatewayAPI.hostnames }}
{{- else -}}http://localhost:8080
{{- end -}}
{{- end -}}

{{/* The issuer. Passkeys are made for a name, so without a way in it is this machine's own. */}}
{{- define "panjareh.issuerUrl" -}}
{{- $values := .Values -}}
{{- if $values.urls.issuer -}}{{ $values.urls.issuer }}
{{- else if or $values.urls.window $values.ingress.enabled (and $values.gatewayAPI.enabled $values.gatewayAPI.hostnames) -}}{{ include "panjareh.windowUrl" . }}/id
{{- else -}}http://localhost:8082/id
{{- end -}}
{{- end -}}

{{/* The authorities that the sandbox plays, each with the port where it answers. */}}
{{- define "panjareh.sandboxPorts" -}}
civil_registry: 8091
welfare: 8092
mobile_registry: 8093
companies_registry: 8094
police: 8095
conscription: 8096
education: 8097
health: 8098
property_registry: 8099
guilds: 8100
culture: 8101
insurance: 8102
tax: 8103
{{- end -}}

{{/* What a service may be told by everybody's eyes, as a YAML map. Takes root, name, service. */}}
{{- define "panjareh.plain" -}}
{{- $values := .root.Values -}}
{{- $fullname := include "panjareh.fullname" .root -}}
{{- $told := dict "PANJAREH_HEALTH_PORT" (toString $values.health.port) -}}
{{- with $values.telemetry.otlpEndpoint }}{{ $_ := set $told "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- if .service.database -}}
{{- with include "panjareh.databaseHost" . }}{{ $_ := set $told "PANJAREH_DATABASE_URL" (printf "postgresql://%s%s" . (include "panjareh.databasePath" $)) }}{{ end -}}
{{- if $values.ledger.enabled -}}
{{- $_ := set $told "PANJAREH_TREE_HEADS_DIR" "/ledger/heads" -}}
{{- $_ := set $told "PANJAREH_ERASURES_DIR" "/ledger/erasures" -}}
{{- end -}}
{{- end -}}
{{- if has .name (list "identity" "gateway" "requests") -}}
{{- $_ := set $told "PANJAREH_WINDOW_URL" (include "panjareh.windowUrl" .root) -}}
{{- end -}}
{{- if has .name (list "identity" "gateway") -}}
{{- $_ := set $told "PANJAREH_ISSUER_URL" (include "panjareh.issuerUrl" .root) -}}
{{- end -}}
{{- if eq .name "gateway" -}}
{{- $_ := set $told "PANJAREH_ISSUER_BACKCHANNEL_URL" (printf "http://%s-identity:%v/id" $fullname $values.gateway.service.port) -}}
{{- end -}}
{{- if eq .name "catalog" -}}
{{- $_ := set $told "PANJAREH_WINDOW_BACKCHANNEL_URL" (printf "http://%s-gateway:%v" $fullname $values.gateway.service.port) -}}
{{- end -}}
{{- if eq .name "identity" -}}
{{- if $values.sandbox.enabled }}{{ $_ := set $told "PANJAREH_SMS_URL" (printf "http://%s-sandbox:8090/sms" $fullname) }}{{ end -}}
{{- if $values.sandbox.enabled }}{{ $_ := set $told "PANJAREH_EMAIL_URL" (printf "http://%s-sandbox:8090/emails" $fullname) }}{{ end -}}
{{- else if and (eq .name "requests") $values.sandbox.enabled -}}
{{- $_ := set $told "PANJAREH_SCANNER_URL" (printf "tcp://%s-sandbox:3310" $fullname) -}}
{{- $_ := set $told "PANJAREH_PAYMENT_URL" (printf "http://%s-sandbox:8104" $fullname) -}}
{{- else if and (eq .name "inquiry") $values.sandbox.enabled -}}
{{- range $authority, $port := include "panjareh.sandboxPorts" . | fromYaml -}}
{{- $_ := set $told (printf "PANJAREH_PROVIDER_%s_URL" (upper $authority)) (printf "http://%s-sandbox:%v" $fullname $port) -}}
{{- end -}}
{{- end -}}
{{- $told = mustMergeOverwrite $told (deepCopy $values.environment) (deepCopy .service.environment) -}}
{{- if and (eq .name "identity") (not (get $told "PANJAREH_SMS_URL")) -}}
{{- fail "services.identity.environment.PANJAREH_SMS_URL is not set: where are one-time codes posted to?" -}}
{{- end -}}
{{- toYaml $told -}}
{{- end -}}

{{- define "panjareh.secretVariable" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end -}}

{{/* What only this process may know, as a list of variables. Takes root, name, service, process, keys. */}}
{{- define "panjareh.confidential" -}}
{{- $ := . -}}
{{- $secret := .service.existingSecret -}}
{{- $upper := upper .name -}}
{{- $keys := concat .service.secretKeys (default (list) .keys) -}}
{{- $broker := include "panjareh.broker" .root | fromYaml -}}
{{- $migrates := eq .process "migrate" -}}
{{- if .service.database -}}
{{- $keys = append $keys (ternary (printf "PANJAREH_%s_DATABASE_PASSWORD" $upper) (printf "PANJAREH_%s_DATABASE_URL" $upper) (ne (include "panjareh.databaseHost" .) "")) -}}
{{- end -}}
{{- if not $broker -}}{{- $keys = append $keys "PANJAREH_AMQP_URL" -}}{{- end -}}
{{- range $keys | uniq }}
{{ include "panjareh.secretVariable" (dict "name" . "secret" $secret "key" .) }}
{{- end }}
{{- if $broker }}
{{- $whose := ternary .root.Values.migrations.brokerSecret .service.brokerSecret $migrates }}
{{ include "panjareh.secretVariable" (dict "name" "BROKER_USERNAME" "secret" $whose "key" "username") }}
{{ include "panjareh.secretVariable" (dict "name" "BROKER_PASSWORD" "secret" $whose "key" "password") }}
- name: PANJAREH_AMQP_URL
  value: {{ printf "%s://$(BROKER_USERNAME):$(BROKER_PASSWORD)@%s/%s" $broker.scheme $broker.host (urlquery .root.Values.rabbitmq.vhost) }}
{{- end }}
{{- if $migrates }}
{{- $host := include "panjareh.databaseHost" . }}
{{- with include "panjareh.databaseAdministrator" . | fromYaml }}
{{- if $host }}
{{ include "panjareh.secretVariable" (dict "name" "DATABASE_ADMIN_PASSWORD" "secret" .secret "key" .key) }}
- name: PANJAREH_DATABASE_URL
  value: {{ printf "postgresql://%s:$(DATABASE_ADMIN_PASSWORD)@%s%s" $.root.Values.postgresql.auth.username $host (include "panjareh.databasePath" $) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
One process of one service. Everything that Deployments and migration Jobs have in common is written here, once.
All take a dict: root, name (the service), service (its values), process (rpc, follower, clock, http or migrate).
*/}}

{{- define "panjareh.image" -}}
{{- $image := .service.image -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .root.Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{- define "panjareh.environment" -}}
{{- $plain := mustMergeOverwrite (dict) .root.Values.environment (default dict .service.environment) -}}
{{- $admin := and (eq .process "migrate") (default .root.Values.migrations.adminSecret .service.adminSecret) -}}
{{- if eq .name "gateway" }}{{ $plain = omit $plain "PANJAREH_DATABASE_URL" }}{{ end -}}
{{- range $key, $value := $plain }}
{{- if not (and $admin (eq $key "PANJAREH_DATABASE_URL")) }}
- name: {{ $key }}
  value: {{ required (printf "%s of %s has no value: set it in `environment` or in services.%s.environment" $key $.name $.name) $value | quote }}
{{- end }}
{{- end }}
{{- range .service.secretKeys }}
- name: {{ . }}
  valueFrom: {secretKeyRef: {name: {{ $.service.existingSecret }}, key: {{ . }}}}
{{- end }}
{{- if $admin }}
- name: PANJAREH_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ $admin }}, key: PANJAREH_DATABASE_URL}}
{{- end }}
{{- end -}}

{{- define "panjareh.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
containers:
  - name: {{ .process }}
    image: {{ include "panjareh.image" . }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: [python, -m, {{ printf "panjareh_%s" .name }}, {{ .process }}]
    env:
      {{- include "panjareh.environment" . | trim | nindent 6 }}
    securityContext:
      {{- toYaml .root.Values.containerSecurityContext | nindent 6 }}
    {{- with .resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if eq .process "http" }}
    ports:
      - {name: http, containerPort: {{ .service.environment.PANJAREH_HTTP_PORT }}}
    # Only what listens for HTTP can be asked. The other processes end when they cannot work, and
    # wait while the broker or the database is away; restarting them would not help.
    livenessProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 10
      timeoutSeconds: 3
    readinessProbe:
      httpGet: {path: /readyz, port: http}
      periodSeconds: 5
      timeoutSeconds: 5
    {{- end }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
volumes:
  - name: tmp
    emptyDir: {}
{{- end -}}

{{- define "panjareh.deployment" -}}
{{- $component := printf "%s-%s" .name .process -}}
{{- $about := dict "root" .root "component" $component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "panjareh.fullname" .root }}-{{ $component }}
  labels:
    {{- include "panjareh.labels" $about | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  revisionHistoryLimit: 3
  {{- if eq .process "http" }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  {{- end }}
  selector:
    matchLabels:
      {{- include "panjareh.selector" $about | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "panjareh.labels" $about | nindent 8 }}
    spec:
      {{- include "panjareh.pod" . | nindent 6 }}
{{- end -}}

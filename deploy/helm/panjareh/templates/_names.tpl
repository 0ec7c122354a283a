{{- define "panjareh.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 35 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 35 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 35 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What tells the pods of one component from all others. A selector can never be changed, so no version is in it. */}}
{{- define "panjareh.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object. Takes a dict: root, component. */}}
{{- define "panjareh.labels" -}}
{{ include "panjareh.selector" . }}
app.kubernetes.io/part-of: panjareh
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The head of an object: name, labels, annotations. Takes root, component, and optionally name and annotations. */}}
{{- define "panjareh.metadata" -}}
{{- $fullname := include "panjareh.fullname" .root -}}
{{- $annotations := mustMerge (deepCopy (default (dict) .annotations)) .root.Values.commonAnnotations -}}
metadata:
  name: {{ default (printf "%s-%s" $fullname .component) .name }}
  labels:
    {{- include "panjareh.labels" . | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Registry, repository and digest or tag. Takes root and image. Our own images follow image.tag and the chart. */}}
{{- define "panjareh.image" -}}
{{- $registry := default .image.registry .root.Values.global.imageRegistry -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ coalesce .image.tag .root.Values.image.tag .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* Whether something that migrations need comes with this very release, so that it cannot be there before it. */}}
{{- define "panjareh.bringsItsOwn" -}}
{{- if or (ne .Values.postgresql.mode "external") (ne .Values.rabbitmq.mode "external") .Values.externalSecrets.enabled (and .Values.ledger.enabled (not .Values.ledger.existingClaim)) -}}yes{{- end -}}
{{- end -}}
